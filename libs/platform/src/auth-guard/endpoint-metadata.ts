import { SetMetadata } from '@nestjs/common';

/** Metadata key under which a handler carries its `EndpointDefinition`. */
export const ENDPOINT_METADATA = 'atrium:endpoint';

export const INTERNAL_METADATA = 'atrium:internal';

/** Marks a handler (or controller) that the gateway doesn't expose and that checks its callers itself. */
export const Internal = () => SetMetadata(INTERNAL_METADATA, true);
