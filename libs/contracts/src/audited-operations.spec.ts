import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { allEndpoints } from './all-endpoints.js';

/** Why an operation has no entry of its own. */
interface Exception {
  readonly because: string;
}
const readsOnly: Exception = { because: 'it changes nothing' };
const oneStep: Exception = { because: 'it begins what a later step finishes, which is written down' };

/** What an operation writes to the audit log when it succeeds; of several, whatever applies. */
const audited: Readonly<Record<string, readonly string[] | Exception>> = {
  'auth.register': ['user.registered'],
  'auth.verifyEmail': ['email.verified'],
  'auth.resendVerification': { because: 'a stranger asks for a mail, which changes nothing of the account' },
  'auth.measurePassword': readsOnly,
  'auth.forgotPassword': ['password.reset_requested'],
  'auth.resetPassword': ['password.reset'],
  'auth.changePassword': ['password.changed'],
  'auth.login': ['session.opened'],
  'auth.loginSecondFactor': ['session.opened'],
  'auth.reauthenticate': ['session.reauthenticated'],
  'auth.enrollTotp': oneStep,
  'auth.confirmTotp': ['mfa.enrolled'],
  'auth.removeTotp': ['mfa.removed'],
  'auth.replaceRecoveryCodes': ['mfa.recovery_codes_replaced'],
  'auth.refresh': { because: 'the session was told when it was opened; a token used twice is (session.reuse_detected)' },
  'auth.logout': ['session.ended'],
  'auth.logoutAll': ['session.ended'],
  'auth.switchOrganization': ['session.organization_switched'],
  'auth.revokeSession': ['session.ended'],
  'auth.beginPasskeyRegistration': oneStep,
  'auth.finishPasskeyRegistration': ['passkey.added'],
  'auth.beginPasskeyLogin': oneStep,
  'auth.finishPasskeyLogin': ['passkey.used', 'session.opened'],
  'auth.beginPasskeyReauthentication': oneStep,
  'auth.finishPasskeyReauthentication': ['passkey.used'],
  'auth.renamePasskey': ['passkey.renamed'],
  'auth.removePasskey': ['passkey.removed'],
  'auth.createApiKey': ['api_key.created'],
  'auth.deleteApiKey': ['api_key.deleted'],
  'auth.redeemOauthCode': ['session.opened'],
  'auth.linkIdentity': oneStep,
  'auth.addIdentity': ['identity.linked'],
  'auth.removeIdentity': ['identity.unlinked'],
  'auth.createOAuthClient': ['oauth_client.created'],
  'auth.updateOAuthClient': ['oauth_client.updated'],
  'auth.rotateOAuthClientSecret': ['oauth_client.secret_rotated'],
  'auth.deleteOAuthClient': ['oauth_client.deleted'],
  'auth.interactionLogin': oneStep,
  'auth.interactionSecondFactor': oneStep,
  'auth.interactionConsent': ['grant.consented'],
  'auth.token': { because: 'the consent is told, and of a client by itself what it does' },
  'auth.introspectToken': readsOnly,
  'auth.revokeToken': ['grant.revoked'],
  'auth.postUserinfo': readsOnly,
  'auth.confirmEndSession': { because: "it ends the provider's own browser session, which reaches nothing of an organization" },
  'users.inviteUser': ['invitation.created'],
  'users.updateUser': ['member.profile_updated'],
  'users.removeUser': ['member.removed'],
  'users.restoreUser': ['member.restored'],
  'users.disableUser': ['member.disabled'],
  'users.enableUser': ['member.enabled'],
  'users.leaveEverywhere': ['member.left', 'organization.deleted'],
  'users.assignRole': ['role.assigned'],
  'users.removeRole': ['role.unassigned'],
  'users.createRole': ['role.created'],
  'users.updateRole': ['role.updated'],
  'users.deleteRole': ['role.deleted'],
  'users.setRolePermissions': ['role.permissions_changed'],
  'users.createPermission': ['permission.created'],
  'users.createOrganization': ['organization.created'],
  'users.updateOrganization': ['organization.renamed'],
  'users.deleteOrganization': ['organization.deleted'],
  'users.createSite': ['site.created'],
  'users.updateSite': ['site.renamed'],
  'users.deleteSite': ['site.deleted'],
  'users.createInvitation': ['invitation.created'],
  'users.revokeInvitation': ['invitation.revoked'],
  'users.acceptInvitation': ['invitation.accepted', 'member.joined'],
  'gallery.createUpload': ['asset.upload_requested'],
  'gallery.updateAsset': ['asset.updated'],
  'gallery.batchAssets': ['asset.batch_updated', 'asset.trashed', 'asset.restored'],
  'gallery.signParts': { because: 'it signs what was begun; the beginning is told' },
  'gallery.signUploadRequest': { because: 'it signs what was begun; the beginning is told' },
  'gallery.completeUpload': { because: 'it asks for the verdict sooner; the verdict is told' },
  'gallery.abortUpload': ['asset.upload_aborted'],
  'gallery.deleteAsset': ['asset.trashed'],
  'gallery.restoreAsset': ['asset.restored'],
  'gallery.setSiteQuota': ['storage.site_quota_changed'],
  'gallery.replaceSettings': ['gallery.settings_replaced'],
  'gallery.createAlbum': ['album.created'],
  'gallery.updateAlbum': ['album.updated'],
  'gallery.deleteAlbum': ['album.deleted'],
  'gallery.addAlbumItems': ['album.items_added'],
  'gallery.removeAlbumItems': ['album.items_removed'],
  'gallery.orderAlbumItems': { because: 'it changes the order in which files of an album are shown, and nothing of the files' },
  'gallery.createShare': ['share.created'],
  'gallery.deleteShare': ['share.deleted'],
  'events.ingestEvents': { because: 'events are data, not changes; a refusal is told' },
  'events.segmentTrack': { because: 'events are data, not changes; a refusal is told' },
  'events.segmentIdentify': { because: 'events are data, not changes; a refusal is told' },
  'events.segmentPage': { because: 'events are data, not changes; a refusal is told' },
  'events.segmentScreen': { because: 'events are data, not changes; a refusal is told' },
  'events.segmentGroup': { because: 'events are data, not changes; a refusal is told' },
  'events.segmentAlias': { because: 'events are data, not changes; a refusal is told' },
  'events.segmentBatch': { because: 'events are data, not changes; a refusal is told' },
  'events.createSource': ['source.created'],
  'events.updateSource': ['source.updated'],
  'events.rotateSource': ['source.key_rotated'],
  'events.deleteSource': ['source.deleted'],
  'events.createSchema': ['event_schema.created'],
  'events.replaceSchema': ['event_schema.updated'],
  'events.deleteSchema': ['event_schema.deleted'],
  'events.replayQuarantine': ['quarantine.replayed'],
  'events.discardQuarantine': ['quarantine.discarded'],
  'events.queryBySql': ['events.queried_sql'],
  'events.createAnalyst': ['analyst.created'],
  'events.rotateAnalyst': ['analyst.password_rotated'],
  'events.deleteAnalyst': ['analyst.deleted'],
  'events.eraseSubject': ['events.erasure_requested'],
  'events.updateSettings': ['events.settings_updated'],
};

const sourcesOf = (service: string): string => {
  const folder = fileURLToPath(new URL(`../../../apps/${service}/src/`, import.meta.url));
  return globSync('**/*.ts', { cwd: folder, exclude: ['**/*.spec.ts'] })
    .map((file) => readFileSync(`${folder}${file}`, 'utf8'))
    .join('\n');
};
const sources = new Map([...new Set(allEndpoints.map(({ service }) => service))].map((service) => [service, sourcesOf(service)]));
/** As a text, or put together of its area and a variable verb. */
const writes = (source: string, action: string): boolean =>
  source.includes(`'${action}'`) || source.includes(`\`${action.split('.')[0]}.\${`);

describe('an operation that changes something', () => {
  const changing = allEndpoints.filter(({ method }) => method !== 'GET');

  it.each(changing.map(({ operationId, service }) => [operationId, service] as const))('%s writes to the audit log, or has a reason not to', (id, service) => {
    const what = audited[id];
    expect(what, `nobody has said what ${id} writes to the audit log`).toBeDefined();
    if (what === undefined || 'because' in what) return;
    expect(what.filter((action) => !writes(sources.get(service) ?? '', action))).toEqual([]);
  });

  it('is still there where the table names it', () => {
    expect(Object.keys(audited).toSorted()).toEqual(changing.map(({ operationId }) => operationId).toSorted());
  });
});
