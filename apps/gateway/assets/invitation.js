import { submitTo, takeToken } from './api-form.js';

const token = takeToken();
submitTo(
  '/api/v1/auth/register',
  (fields) => ({ ...fields, invitation_token: token }),
  'Your account is made. Open the mail that we sent you to verify the address, then sign in.',
);
