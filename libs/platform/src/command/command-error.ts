/** Why a command can't be carried out, for whoever typed it: the message is all of it. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}
