import type { Transaction } from './tenant-transaction.js';

/** Rows of a statement, whatever its kind: TypeORM answers updates and deletes as `[rows, count]`. */
export async function rowsOf<Row extends object>(tx: Transaction, sql: string, values: readonly unknown[]): Promise<Row[]> {
  const answer = await tx.manager.query<Row[] | [Row[], number]>(sql, [...values]);
  return isCounted(answer) ? answer[0] : answer;
}

const isCounted = <Row>(answer: Row[] | [Row[], number]): answer is [Row[], number] =>
  answer.length === 2 && Array.isArray(answer[0]) && typeof answer[1] === 'number';

/** The first row, or undefined. */
export async function findRow<Row extends object>(
  tx: Transaction,
  sql: string,
  values: readonly unknown[],
): Promise<Row | undefined> {
  return (await rowsOf<Row>(tx, sql, values))[0];
}
