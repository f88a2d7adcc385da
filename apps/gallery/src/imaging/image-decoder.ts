import { LOGGER, METRICS } from '@atrium/platform/context';
import type { Logger } from '@atrium/platform/logging';
import type { Metrics } from '@atrium/platform/telemetry';
import { derivativeWidths } from '@atrium/contracts/gallery';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { DecoderAnswer, DecoderJob, DecoderVerdict } from '../decoder/decoder-job.js';
import { DecoderCrashError, DecoderProcess, DecoderUnavailableError } from './decoder-process.js';
import { removeScratchFolder } from './scratch-folder.js';
import { IMAGE_SETTINGS, type ImageSettings } from './image-settings.js';

export type Decoded = Extract<DecoderVerdict, { kind: 'image' }>;
export type Refused = { readonly kind: 'refused'; readonly code: string; readonly message: string };

/** A place for one process, which may have none yet. */
interface Seat {
  process?: DecoderProcess | undefined;
  files: number;
}

/** Crashes of one file, each in a process of its own, until the file is taken for the cause. */
const maxCrashes = 3;
const filesPerProcess = 200;
/** Bytes that a process may hold when it has nothing to do. */
const restingMemory = 160 * 1024 ** 2;
/** A machine may be this much slower than a free one, before waiting for an answer is given up. */
const patience = 6;

/** Has images decoded in processes of their own, as many at once as memory is there for. The others wait their turn. */
@Injectable()
export class ImageDecoder implements OnApplicationShutdown {
  private readonly free: Seat[];
  private readonly seats: readonly Seat[];
  private readonly waiting: ((seat: Seat) => void)[] = [];
  private nextId = 1;
  private readonly meters;

  constructor(
    @Inject(IMAGE_SETTINGS) private readonly settings: ImageSettings,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(METRICS) metrics: Metrics,
  ) {
    this.seats = Array.from({ length: settings.processes }, () => ({ files: 0 }));
    this.free = [...this.seats];
    this.meters = {
      images: metrics.counter({ name: 'gallery_images_total', help: 'Images by what decoding them gave.', labels: ['outcome'] }),
      seconds: metrics.histogram({ name: 'gallery_image_seconds', help: 'Time to decode an image and make its copies.' }),
      peak: metrics.gauge({ name: 'gallery_decoder_peak_bytes', help: 'Most memory that the last decoder had.' }),
      ends: metrics.counter({ name: 'gallery_decoder_ends_total', help: 'Decoders that ended, by the reason.', labels: ['reason'] }),
      waiting: metrics.gauge({
        name: 'gallery_images_waiting',
        help: 'Images that wait for a decoder.',
        collect: (gauge) => gauge.set(this.waiting.length),
      }),
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.seats.map(({ process }) => process?.stop()));
    await removeScratchFolder(this.settings.scratchFolder);
  }

  /** Process ids of the decoders that run. */
  get pids(): number[] {
    return this.seats.flatMap(({ process }) => (process?.alive && process.pid !== undefined ? [process.pid] : []));
  }

  /**
   * The file `original` of the folder; what is made of it is put there too.
   *
   * @throws DecoderUnavailableError when the file may be sound: another time, perhaps
   */
  async decode(work: Pick<DecoderJob, 'folder' | 'contentType' | 'strip'>): Promise<Decoded | Refused> {
    const seat = this.free.pop() ?? (await new Promise<Seat>((resolve) => this.waiting.push(resolve)));
    const end = this.meters.seconds.startTimer();
    try {
      const verdict = await this.decodeAt(seat, { ...work, limits: this.settings.limits, widths: derivativeWidths });
      this.meters.images.inc({ outcome: verdict.kind === 'refused' ? verdict.code : verdict.kind });
      if (verdict.kind === 'failed') throw new DecoderUnavailableError(verdict.message);
      if ('detail' in verdict && verdict.detail !== undefined) this.logger.info({ code: verdict.code, detail: verdict.detail }, 'The decoder refused an image.');
      return verdict;
    } finally {
      end();
      const next = this.waiting.shift();
      if (next) next(seat);
      else this.free.push(seat);
    }
  }

  private async decodeAt(seat: Seat, work: Omit<DecoderJob, 'id'>): Promise<DecoderVerdict | Refused> {
    for (let crashes = 1; ; crashes += 1) {
      try {
        const answer = await this.ask(seat, work);
        await this.retire(seat, answer);
        return answer.verdict;
      } catch (error) {
        await this.end(seat, error instanceof DecoderCrashError ? 'crash' : 'unavailable');
        if (!(error instanceof DecoderCrashError)) throw error;
        this.logger.warn({ err: error, folder: work.folder, crashes }, 'The decoder crashed at an image.');
        if (crashes < maxCrashes) continue;
        return { kind: 'refused', code: 'undecodable', message: 'The image cannot be decoded.' };
      }
    }
  }

  private async ask(seat: Seat, work: Omit<DecoderJob, 'id'>): Promise<DecoderAnswer> {
    const { limits } = this.settings;
    if (!seat.process?.alive) {
      seat.process = await DecoderProcess.start(this.settings.scratchFolder, limits.maxMemory);
      seat.files = 0;
    }
    seat.files += 1;
    const answer = await seat.process.run({ ...work, id: this.nextId++ }, limits.maxSeconds * patience * 1000);
    this.meters.peak.set(answer.peakMemory);
    return answer;
  }

  /** A process ends before what it gathers becomes a burden. */
  private async retire(seat: Seat, { last, memory }: DecoderAnswer): Promise<void> {
    if (last) await this.end(seat, 'excess');
    else if (seat.files >= filesPerProcess) await this.end(seat, 'age');
    else if (memory > restingMemory) await this.end(seat, 'growth');
  }

  private async end(seat: Seat, reason: 'crash' | 'unavailable' | 'excess' | 'age' | 'growth'): Promise<void> {
    this.meters.ends.inc({ reason });
    await seat.process?.stop();
    seat.process = undefined;
  }
}
