import { submitTo, takeToken } from './api-form.js';

const token = takeToken();
submitTo('/api/v1/auth/password/reset', (fields) => ({ ...fields, token }), 'Your new password is set. You can sign in with it now.');
