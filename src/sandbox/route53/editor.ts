import type { HostedZones } from './hosted-zones.ts';
import type { ChangeBatch } from './set-input.ts';
import type { HostedZone } from './state.ts';

/** Another editor: each queued batch is made between the next list of its zone's sets and the call after it. */
export class Editor {
  readonly #zones: HostedZones;
  #queue: { zone: HostedZone; batch: ChangeBatch; isDue: boolean }[] = [];

  constructor(zones: HostedZones) {
    this.#zones = zones;
  }

  queue(zone: HostedZone, batch: ChangeBatch): void {
    this.#queue.push({ zone, batch, isDue: false });
  }

  /** The zone's sets were listed: the batches become due. */
  sawList(zone: HostedZone): void {
    for (const queued of this.#queue) if (queued.zone === zone) queued.isDue = true;
  }

  /** Makes the batches that are due; answers them for the ledger. Refused ones throw: the scenario is wrong then. */
  act(zone: HostedZone): ChangeBatch[] {
    const due = this.#queue.filter((queued) => queued.zone === zone && queued.isDue);
    this.#queue = this.#queue.filter((queued) => !due.includes(queued));
    for (const { batch } of due) this.#zones.change(zone, batch);
    return due.map(({ batch }) => batch);
  }
}
