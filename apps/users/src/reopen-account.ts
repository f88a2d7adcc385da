import { databaseEnvironment, processEnvironment } from '@atrium/platform/config';
import { CommandError, runCommand, withDatabase } from '@atrium/platform/command';
import { Outbox } from '@atrium/platform/messaging';
import { z } from 'zod';
import { AccountClosure } from './accounts/account-closure.js';
import { AccountRepository } from './accounts/account.repository.js';

const service = 'users';

/** `node dist/reopen-account.js <user id>`: undoes the closing of an account. */
await runCommand(
  {
    name: 'reopen-account',
    usage: 'Usage: reopen-account <user id>',
    failure: 'The account could not be reopened',
    config: z.object({ ...databaseEnvironment, AWS_REGION: processEnvironment.AWS_REGION }),
    read: ([userId]) => z.uuid().parse(userId),
    run: (userId, config) =>
      withDatabase({ service, secretId: config.DATABASE_SECRET_ID }, config, async (database) => {
        const closure = new AccountClosure(database, new AccountRepository(), new Outbox(service));
        if (!(await closure.reopen(userId))) throw new CommandError('This account is not closed, or is deleted already.');
        return 'The account is open again. Organizations have to restore or invite the person themselves.';
      }),
  },
  process,
);
