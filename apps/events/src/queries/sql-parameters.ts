type Value = string | number | readonly string[] | readonly number[];

/** Values of a query, which travel beside its text: `{p0:String}`. No value of a caller ever becomes part of the text. */
export class SqlParameters {
  private readonly held: Record<string, Value> = {};
  private count = 0;

  get values(): Readonly<Record<string, Value>> {
    return this.held;
  }

  /** Takes the value along; the text that stands for it. */
  text(value: string): string {
    return this.add(value, 'String');
  }

  float(value: number): string {
    return this.add(value, 'Float64');
  }

  integer(value: number): string {
    return this.add(value, 'Int64');
  }

  texts(values: readonly string[]): string {
    return this.add(values, 'Array(String)');
  }

  floats(values: readonly number[]): string {
    return this.add(values, 'Array(Float64)');
  }

  uuids(values: readonly string[]): string {
    return this.add(values, 'Array(UUID)');
  }

  private add(value: Value, type: string): string {
    const name = `p${(this.count += 1)}`;
    this.held[name] = value;
    return `{${name}:${type}}`;
  }
}
