import { z } from 'zod';

const clientData = z.object({ challenge: z.string().min(1).max(512), crossOrigin: z.boolean().optional() });

/**
 * The challenge that the browser says it answers (WebAuthn L3 §5.8.1). Undefined for what can't be read, and for a
 * ceremony inside another site's frame, which none of our pages is made for.
 */
export function challengeOf(clientDataJson: string): string | undefined {
  try {
    const { data } = clientData.safeParse(JSON.parse(Buffer.from(clientDataJson, 'base64url').toString()));
    return data && !data.crossOrigin ? data.challenge : undefined;
  } catch {
    return undefined;
  }
}
