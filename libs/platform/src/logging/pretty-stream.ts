import { z } from 'zod';

const line = z.looseObject({ time: z.string(), level: z.string(), msg: z.string().optional(), service: z.string().optional() });

/** One log line for people; what isn't a log line passes unchanged. */
function formatPretty(json: string): string {
  const parsed = line.safeParse(JSON.parse(json));
  if (!parsed.success) return json;
  const { time, level, msg, service, err, ...rest } = parsed.data;
  const fields = Object.entries(rest).map(([name, value]) => ` ${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const error = z.object({ stack: z.string() }).safeParse(err);
  const stack = error.success ? `\n${error.data.stack}` : '';
  return `${time.slice(11, 23)} ${level.toUpperCase().padEnd(5)} ${service ?? ''} ${msg ?? ''}${fields.join('')}${stack}\n`;
}

/** Writes pino's lines in a form for terminals. */
export const prettyStream = (out: { write(text: string): unknown }) => ({
  write(json: string): void {
    out.write(formatPretty(json));
  },
});
