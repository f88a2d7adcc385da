/** A code without the blanks and hyphens that people type or apps show: `123 456`. */
export const typedCode = (text: string): string => text.replaceAll(/[\s-]/g, '');
