export interface RotationEvent {
  readonly Step: string;
  readonly SecretId: string;
  readonly ClientRequestToken: string;
}
export interface RotationSettings {
  readonly userId: string;
  readonly passwordSecretId: string;
}
export interface Aws {
  describeSecret(input: object): Promise<{ VersionIdsToStages?: Record<string, string[]> }>;
  getSecretValue(input: { SecretId: string; VersionId?: string; VersionStage?: string }): Promise<{ SecretString?: string }>;
  putSecretValue(input: { SecretId: string; ClientRequestToken?: string; SecretString: string; VersionStages?: string[] }): Promise<unknown>;
  updateSecretVersionStage(input: { MoveToVersionId: string; RemoveFromVersionId?: string }): Promise<unknown>;
  modifyUser(input: { UserId: string; Passwords: string[] }): Promise<unknown>;
  describeUsers(input: object): Promise<{ Users?: { Status?: string; Authentication?: { PasswordCount?: number } }[] }>;
  wait(milliseconds: number): Promise<void>;
}
export function rotate(event: RotationEvent, settings: RotationSettings, aws: Aws): Promise<void>;
