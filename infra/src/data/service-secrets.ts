import { SecretValue } from 'aws-cdk-lib';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.js';
import type { StageConfig } from '../config/index.js';
import { names } from '../names.js';
import { type GeneratedPassword, generatedPassword } from './passwords.js';

export interface ServiceSecretsProps {
  readonly config: StageConfig;
  readonly clickHouseUrl: string;
}

/** Secrets beside those of PostgreSQL: most are rotated by who uses them, or entered by an operator. */
export class ServiceSecrets extends Construct {
  private readonly config: StageConfig;
  /** One private key per version; auth makes and rotates them. */
  readonly signingKeys: secretsmanager.ISecret;
  /** Keys that encrypt second factors; auth makes them, an operator adds to them. */
  readonly encryptionKeys: secretsmanager.ISecret;
  /** Issuers that people may sign in with: none until an operator enters them. */
  readonly oauthProviders: secretsmanager.ISecret;
  /** `{key_pair_id, private_key}` with which downloads are signed, where CloudFront serves them; an operator enters it. */
  readonly downloadsKey: secretsmanager.ISecret | undefined;
  /** `{username, password}`, which an operator enters. */
  readonly smtp: secretsmanager.ISecret;
  /** `{url, database, username, password}` of the server's administrator, who makes the other users. */
  readonly clickHouseAdministrator: secretsmanager.ISecret;
  readonly clickHouseOwner: secretsmanager.ISecret;
  /** `{url, database, writer, reader}`. */
  readonly clickHouse: secretsmanager.ISecret;
  /** Of the shared state's user. */
  readonly statePassword: GeneratedPassword;

  constructor(scope: Construct, id: string, { config, clickHouseUrl: url }: ServiceSecretsProps) {
    super(scope, id);
    this.config = config;
    this.signingKeys = this.empty('SigningKeys', names.secret(config, 'auth/signing-keys'));
    this.encryptionKeys = this.empty('EncryptionKeys', names.secret(config, 'auth/encryption-keys'));
    this.smtp = this.empty('Smtp', names.secret(config, 'mailer/smtp'));
    this.downloadsKey = config.downloads ? this.empty('DownloadsKey', names.secret(config, 'gallery/downloads-key')) : undefined;
    this.oauthProviders = this.compose('OauthProviders', 'auth/oauth-providers', { providers: [] });

    const account = (id: string, name: string, database: string, username: string) =>
      new secretsmanager.Secret(this, id, {
        secretName: names.secret(config, name),
        generateSecretString: {
          secretStringTemplate: JSON.stringify({ url, database, username }),
          generateStringKey: 'password',
          passwordLength: 48,
          excludePunctuation: true,
        },
      });
    const administrator = 'clickhouse-admin';
    this.clickHouseAdministrator =
      config.clickHouse.mode === 'ec2'
        ? account('ClickHouseAdministrator', administrator, 'default', 'admin')
        : // In ClickHouse Cloud it exists before: whoever made the service there entered it here.
          secretsmanager.Secret.fromSecretNameV2(this, 'ClickHouseAdministrator', names.secret(config, administrator));
    this.statePassword = generatedPassword(this, 'StatePassword', config, 'state-password');
    this.clickHouseOwner = account('ClickHouseOwner', 'events/clickhouse-owner', 'atrium', 'migrator');
    const user = (id: string, username: string) => ({
      username,
      password: generatedPassword(this, id, config, `events/clickhouse-${username}`).reference,
    });
    this.clickHouse = this.compose('ClickHouse', 'events/clickhouse', {
      url,
      database: 'atrium',
      writer: user('ClickHouseWriter', 'writer'),
      reader: user('ClickHouseReader', 'reader'),
    });
    acknowledge(
      this,
      // One reason for all of them: nobody but their owners could make the next value.
      'Auth rotates the signing keys itself (ADR 0023) and a task of events the passwords of ClickHouse (ADR 0047); the function of the shared state writes its password here. Encryption keys are added to by a command, never replaced: what they encrypted would be lost. Issuers, SMTP and CloudFront give their credentials to an operator; docs/deploy.md says how these are changed.',
      'AwsSolutions-SMG4',
    );
  }

  /** A secret that is put together from others, whose passwords are references: the template never holds one. */
  compose(id: string, name: string, document: object): secretsmanager.Secret {
    return new secretsmanager.Secret(this, id, {
      secretName: names.secret(this.config, name),
      secretStringValue: SecretValue.unsafePlainText(JSON.stringify(document)),
    });
  }

  /** A secret without a value: whoever makes the first one finds that there is none. */
  private empty(id: string, name: string): secretsmanager.ISecret {
    const secret = new secretsmanager.CfnSecret(this, id, { name });
    return secretsmanager.Secret.fromSecretCompleteArn(this, `${id}Reference`, secret.ref);
  }
}
