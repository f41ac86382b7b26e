/** The front end's pace: how many calls one key may make within a second of real time. Refused calls do not count. */
export class Pace {
  readonly #calls = new Map<string, number[]>();

  /** Whether `who` may make a call now; `most` of 0 is no limit. */
  allows(who: string, most: number): boolean {
    if (most === 0) return true;
    const now = Date.now();
    const recent = (this.#calls.get(who) ?? []).filter((at) => at > now - 1000);
    this.#calls.set(who, recent);
    if (recent.length >= most) return false;
    recent.push(now);
    return true;
  }
}
