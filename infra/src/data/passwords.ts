import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import type { StageConfig } from '../config/index.js';
import { names } from '../names.js';

export interface GeneratedPassword {
  readonly secret: secretsmanager.Secret;
  /** The password as a reference that CloudFormation resolves: the template never holds it. */
  readonly reference: string;
}

/** `{password}` that Secrets Manager makes. Letters and digits alone, so that it fits a URL. */
export function generatedPassword(scope: Construct, id: string, config: StageConfig, name: string): GeneratedPassword {
  const secret = new secretsmanager.Secret(scope, id, {
    secretName: names.secret(config, name),
    generateSecretString: {
      secretStringTemplate: '{}',
      generateStringKey: 'password',
      passwordLength: 48,
      excludePunctuation: true,
    },
  });
  return { secret, reference: secret.secretValueFromJson('password').unsafeUnwrap() };
}
