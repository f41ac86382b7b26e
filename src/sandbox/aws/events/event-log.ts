import type { Clock } from '../../clock.ts';
import type { Faults } from '../../faults.ts';

/** One thing that SES told, and how each destination was told it. */
export interface LoggedEvent {
  readonly n: number;
  /** Sandbox time, ISO 8601. */
  readonly at: string;
  readonly account: string;
  readonly region: string;
  readonly configurationSet: string | undefined;
  /** 'Send', 'Rendering Failure' …; 'Test' for the message that a new SNS destination gets. */
  readonly eventType: string;
  readonly messageId?: string | undefined;
  /** The event as every destination gets it; the plain text of a test message. */
  readonly event: unknown;
  readonly destinations: readonly {
    readonly name: string;
    readonly kind: string;
    /** What travels: an SNS notification, an EventBridge event, a line for Firehose. */
    readonly delivered?: unknown;
  }[];
}

const MOST_KEPT = 50_000;

/** What was published, in the order in which it arrives: faults make an event come twice, later, after the next one, or never. */
export class EventLog {
  #rows: LoggedEvent[] = [];
  #held: Omit<LoggedEvent, 'n' | 'at'>[] = [];
  #n = 0;
  #turn: Promise<void> = Promise.resolve();
  readonly #clock: Clock;
  readonly #faults: Faults;

  constructor(clock: Clock, faults: Faults) {
    this.#clock = clock;
    this.#faults = faults;
  }

  /** Takes an event on its way; a fault of operation 'event Bounce' and its like bends the way. */
  add(event: Omit<LoggedEvent, 'n' | 'at'>): void {
    const kinds = this.#faults.take('ses', `event ${event.eventType}`, event.region);
    const fault = (kind: string) => kinds.find((candidate) => candidate.kind === kind);
    if (fault('drop')) return;
    const slow = fault('slow');
    const arrive = () => {
      if (fault('reorder')) {
        this.#held.push(event);
        return;
      }
      const overtaken = this.#held.splice(0);
      for (const arriving of fault('duplicate') ? [event, event] : [event]) this.#write(arriving);
      for (const late of overtaken) this.#write(late);
    };
    if (slow) setTimeout(arrive, slow.ms ?? 1000).unref();
    else arrive();
  }

  /** Takes an event that is made while others wait their turn: order is that of the calls, however long making takes. */
  queue(make: () => Promise<Omit<LoggedEvent, 'n' | 'at'>>): void {
    this.#turn = this.#turn.then(async () => this.add(await make()));
  }

  read(filter: { since?: number; messageId?: string | null; region?: string | null } = {}): LoggedEvent[] {
    const { since = 0, messageId, region } = filter;
    return this.#rows.filter(
      (row) => row.n > since && row.messageId === (messageId ?? row.messageId) && row.region === (region ?? row.region),
    );
  }

  clear(): void {
    this.#rows = [];
  }

  #write(event: Omit<LoggedEvent, 'n' | 'at'>): void {
    this.#n += 1;
    this.#rows.push({ n: this.#n, at: new Date(this.#clock.now()).toISOString(), ...event });
    if (this.#rows.length > MOST_KEPT) this.#rows = this.#rows.slice(MOST_KEPT / 2);
  }
}
