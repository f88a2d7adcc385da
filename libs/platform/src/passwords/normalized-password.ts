/** Unicode has several spellings of one typed character; NFKC makes them one (NIST SP 800-63B §3.1.1.2). */
export const normalizedPassword = (password: string): string => password.normalize('NFKC');
