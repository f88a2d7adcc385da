import { connect } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import { type FileScanner, type ScanVerdict, ScannerUnavailableError } from './file-scanner.js';

export interface ClamavSettings {
  /** A host name, or the path of a Unix socket. */
  readonly host: string;
  readonly port: number;
  /** clamd's StreamMaxLength or less, in bytes. */
  readonly streamMaxLength: number;
}

/** Milliseconds of silence; clamd's own limit of a scan (MaxScanTime) is two minutes. */
const scanMs = 180_000;
const pingMs = 2_000;
const maxAnswer = 4_096;
/** Bytes of a file between two looks for an answer. */
const betweenReads = 16_384;

type Question = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/**
 * clamd's INSTREAM: the command, chunks each with its length in four bytes, and a length of zero. What has come back is
 * read again and again: where clamd takes less than it is believed to, the write after its refusal fails, and as a rule
 * takes the answer with it.
 */
async function* instream(bytes: AsyncIterable<Uint8Array>, isAnswered: () => boolean): AsyncGenerator<Uint8Array> {
  yield Buffer.from('zINSTREAM\0');
  const length = Buffer.alloc(4);
  let unread = 0;
  for await (const chunk of bytes) {
    if (chunk.byteLength === 0) continue;
    unread += chunk.byteLength;
    if (unread >= betweenReads) {
      unread = 0;
      await setImmediate();
    }
    if (isAnswered()) return;
    length.writeUInt32BE(chunk.byteLength);
    yield Buffer.concat([length, chunk]);
  }
  yield Buffer.alloc(4);
}

/**
 * Asks clamd by its protocol (clamd(8)): a connection is one question, and ends with the answer. What is too large is not
 * asked: clamd would say so and hang up in the midst of the question, and what a reset connection said may be lost.
 */
export class ClamavScanner implements FileScanner {
  constructor(private readonly settings: ClamavSettings) {}

  async scan(size: number, open: () => Promise<AsyncIterable<Uint8Array>>): Promise<ScanVerdict> {
    if (size > this.settings.streamMaxLength) return tooLarge;
    const bytes = await open();
    let unreadable: unknown;
    const watched = async function* (): AsyncGenerator<Uint8Array> {
      try {
        yield* bytes;
      } catch (error) {
        unreadable = error;
        throw error;
      }
    };
    try {
      return verdictOf(await this.ask((isAnswered) => instream(watched(), isAnswered), scanMs));
    } catch (error) {
      throw unreadable ?? error;
    }
  }

  async ping(): Promise<void> {
    const answer = await this.ask(() => [Buffer.from('zPING\0')], pingMs);
    if (answer !== 'PONG') throw new ScannerUnavailableError(`clamd answered a ping with ${answer}`);
  }

  private async ask(questionOf: (isAnswered: () => boolean) => Question, silenceMs: number): Promise<string> {
    const { host, port } = this.settings;
    const socket = host.startsWith('/') ? connect(host) : connect(port, host);
    let answer = '';
    let lost: Error | undefined;
    socket.setEncoding('utf8').on('data', (text: string) => (answer = (answer + text).slice(0, maxAnswer)));
    socket.setTimeout(silenceMs, () => socket.destroy(new Error('no answer in time')));
    socket.on('error', (error) => (lost = error));
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    // It hangs up early on what it refuses, having said so.
    await pipeline(questionOf(() => answer !== ''), socket, { end: false }).catch((error: Error) => {
      lost ??= error;
      socket.destroy();
    });
    await closed;
    const end = answer.indexOf('\0');
    if (end === -1) throw new ScannerUnavailableError(`clamd cannot be asked: ${lost?.message ?? 'it hung up'}`, { cause: lost });
    return answer.slice(0, end);
  }
}

const tooLarge: ScanVerdict = { kind: 'refused', reason: 'it is larger than the scanner takes' };

function verdictOf(answer: string): ScanVerdict {
  if (answer === 'stream: OK') return { kind: 'clean' };
  const found = /^stream: (.{1,200}) FOUND$/.exec(answer);
  if (found?.[1] !== undefined) return { kind: 'infected', name: found[1] };
  if (answer.startsWith('INSTREAM size limit exceeded')) return tooLarge;
  throw new ScannerUnavailableError(`clamd answered ${answer.slice(0, 200)}`);
}
