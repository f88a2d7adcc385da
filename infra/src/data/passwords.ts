import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import type { StageConfig } from '../config/index.js';
import { names } from '../names.js';

/**
 * A password that Secrets Manager makes, as a reference that CloudFormation resolves: the template never holds it.
 * Letters and digits alone, so that it fits a URL.
 */
export function generatedPassword(scope: Construct, id: string, config: StageConfig, name: string): string {
  const secret = new secretsmanager.Secret(scope, id, {
    secretName: names.secret(config, name),
    generateSecretString: {
      secretStringTemplate: '{}',
      generateStringKey: 'password',
      passwordLength: 48,
      excludePunctuation: true,
    },
  });
  return secret.secretValueFromJson('password').unsafeUnwrap();
}
