import { describe, expect, it } from 'vitest';
import { allEndpoints } from './all-endpoints.js';

const changesNothing = 'it changes nothing';
const answersASecret = 'its answer opens a session or is a secret, which is kept nowhere; another request makes another one';
const onceByItself = 'what it is given works once: a second request is refused, and changes nothing';
const hasAPassword = 'of a body with a password no comparable hash is kept, so that another password could pass for the same request';
const paced = 'its answer waits, so that its time tells nothing, and a transaction must not stay open for a stranger; recipients are limited';
const byEventId = 'each event has an id of its own, by which a second copy collapses';
const laterStep = 'it begins what a later step finishes; a second request begins anew';

/** Why an Idempotency-Key has no effect on a POST. */
const exceptions: Readonly<Record<string, string>> = {
  'auth.resendVerification': paced,
  'auth.forgotPassword': paced,
  'auth.measurePassword': changesNothing,
  'auth.resetPassword': hasAPassword,
  'auth.changePassword': hasAPassword,
  'auth.login': answersASecret,
  'auth.loginSecondFactor': answersASecret,
  'auth.reauthenticate': answersASecret,
  'auth.refresh': answersASecret,
  'auth.switchOrganization': answersASecret,
  'auth.redeemOauthCode': answersASecret,
  'auth.finishPasskeyLogin': answersASecret,
  'auth.finishPasskeyReauthentication': answersASecret,
  'auth.enrollTotp': laterStep,
  'auth.beginPasskeyRegistration': laterStep,
  'auth.beginPasskeyLogin': laterStep,
  'auth.beginPasskeyReauthentication': laterStep,
  'auth.linkIdentity': laterStep,
  'auth.confirmTotp': onceByItself,
  'auth.finishPasskeyRegistration': onceByItself,
  'auth.logout': onceByItself,
  'auth.replaceRecoveryCodes': answersASecret,
  'auth.interactionLogin': laterStep,
  'auth.interactionSecondFactor': laterStep,
  'auth.interactionConsent': onceByItself,
  'auth.token': answersASecret,
  'auth.introspectToken': changesNothing,
  'auth.revokeToken': onceByItself,
  'auth.postUserinfo': changesNothing,
  'auth.confirmEndSession': onceByItself,
  'gallery.signParts': 'it changes nothing',
  'gallery.signUploadRequest': 'it changes nothing',
  'gallery.completeUpload': 'it asks for the verification of one upload, which is done once',
  'gallery.restoreAsset': 'a file that is out of the trash stays so',
  'gallery.addAlbumItems': 'a file is in an album once, however often it is put there',
  'gallery.createShare': answersASecret,
  'events.ingestEvents': byEventId,
  'events.segmentTrack': byEventId,
  'events.segmentIdentify': byEventId,
  'events.segmentPage': byEventId,
  'events.segmentScreen': byEventId,
  'events.segmentGroup': byEventId,
  'events.segmentAlias': byEventId,
  'events.segmentBatch': byEventId,
  'events.queryBySql': changesNothing,
};

const posts = allEndpoints.filter(({ method }) => method === 'POST');

describe('a POST', () => {
  it.each(posts)('$operationId honours an Idempotency-Key, or says why not', ({ operationId, idempotent }) => {
    expect(idempotent === true).toBe(exceptions[operationId] === undefined);
  });

  it('is not excused that does not exist', () => {
    const known = new Set(posts.map(({ operationId }) => operationId));
    expect(Object.keys(exceptions).filter((id) => !known.has(id))).toEqual([]);
  });
});
