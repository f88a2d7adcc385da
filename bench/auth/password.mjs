export const password = 'correct horse battery staple 42';
