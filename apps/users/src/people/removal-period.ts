/** How long a removed person can be restored; then what is held of them is deleted. */
export const removalDays = 30;
