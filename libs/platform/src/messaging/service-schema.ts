/** The name of a service's own PostgreSQL schema, fit to stand in SQL as it is. */
export function checkedSchema(schema: string): string {
  if (!/^[a-z][a-z_]{0,40}$/.test(schema)) throw new Error(`"${schema}" is not a schema name: use a-z and underscores.`);
  return schema;
}
