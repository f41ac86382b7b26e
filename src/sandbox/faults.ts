/**
 * Misbehaviour on request.
 * throttle: the system's own 429 (400 where it uses that); error-before: 500, nothing done; error-after: done, then 500;
 * hang: accepted, never answered; drop: the connection is cut after `bytes` bytes of the answer (done already);
 * slow: answered `ms` later; html: an HTML 502 page (503 at Porkbun), nothing done; duplicate: done twice where the system could;
 * reorder: an event that arrives after the next one; conflict: another change to the same thing is in progress, nothing done (SES and Route 53).
 */
export interface Fault {
  readonly kind:
    | 'throttle'
    | 'error-before'
    | 'error-after'
    | 'hang'
    | 'drop'
    | 'slow'
    | 'html'
    | 'duplicate'
    | 'reorder'
    | 'conflict';
  /** 'ses', 'cloudflare', 'porkbun', 'route53', 'mailcow', 'relay', 'sts', 'dns', 'smtp', or '*'. */
  readonly system: string;
  /** The ledger's operation name, or '*'. */
  readonly operation: string;
  /** AWS region; all where absent. */
  readonly region?: string;
  /** How many calls are hit; absent means every call until the faults are cleared. */
  readonly count?: number;
  readonly ms?: number;
  readonly bytes?: number;
  /** Seconds for a Retry-After header of a throttle. */
  readonly retryAfter?: number;
}

/** The faults in force: asked once by each call, which then behaves accordingly. */
export class Faults {
  #active: { fault: Fault; left: number }[] = [];

  add(fault: Fault): void {
    this.#active.push({ fault, left: fault.count ?? Number.POSITIVE_INFINITY });
  }

  clear(): void {
    this.#active = [];
  }

  /** The faults that hit this call (a delay may come with another kind), each counted down by one. */
  take(system: string, operation: string, region?: string): Fault[] {
    const hit = this.#active.filter(
      ({ fault, left }) =>
        left > 0 &&
        (fault.system === '*' || fault.system === system) &&
        (fault.operation === '*' || fault.operation === operation) &&
        (fault.region === undefined || fault.region === region),
    );
    for (const active of hit) active.left -= 1;
    return hit.map(({ fault }) => fault);
  }
}
