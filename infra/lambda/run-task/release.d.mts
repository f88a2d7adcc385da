export interface Aws {
  runTask(input: object): Promise<{ tasks?: { taskArn?: string }[]; failures?: { reason?: string }[] }>;
  describeTasks(input: object): Promise<{ tasks?: object[] }>;
  updateService(input: { service: string }): Promise<unknown>;
  invoke(input: { Payload: string }): Promise<unknown>;
  put(url: string, body: string): Promise<{ ok: boolean; status: number }>;
}
export function handle(event: object, context: { getRemainingTimeInMillis(): number; invokedFunctionArn: string }, aws: Aws, pollMs?: number): Promise<void>;
