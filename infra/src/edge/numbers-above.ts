/** Regular expression of the decimal numbers above `limit`, for engines that compare texts alone; leading zeros allowed. */
export function numbersAbove(limit: number): string {
  const digits = [...String(limit)].map(Number);
  const larger = digits.flatMap((digit, index) => {
    if (digit === 9) return [];
    const same = digits.slice(0, index).join('');
    const rest = digits.length - index - 1;
    return [`${same}[${digit + 1}-9]${rest > 0 ? `[0-9]{${rest}}` : ''}`];
  });
  return `^0*(${[...larger, `[1-9][0-9]{${digits.length},}`].join('|')})$`;
}
