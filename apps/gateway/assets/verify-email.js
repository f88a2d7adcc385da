import { submitTo, takeToken } from './api-form.js';

const token = takeToken();
submitTo('/api/v1/auth/verify-email', () => ({ token }), 'Your e-mail address is verified. You can sign in now.');
