/** What is wrong with a schema, and where: as a path from its root, `properties.price.type`. */
export class SchemaFault extends Error {
  override readonly name = 'SchemaFault';

  constructor(
    readonly path: string,
    message: string,
  ) {
    super(message);
  }
}

/** `/properties/a~1b/type` (RFC 6901) → `properties.a/b.type`. */
export const dotted = (pointer: string): string =>
  pointer.split('/').slice(1).map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~')).join('.');
