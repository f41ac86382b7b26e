import { Problem, toProblem } from '../../core/problem.ts';
import type { Change, Outcome, Report } from '../../core/resource.ts';
import { makeAlias, removeAlias, turnAlias } from './apply/alias.ts';
import { type Deed, inTurns } from './apply/deed.ts';
import { makeDkim, makeDomain, removeDkim, removeDomain, turnDomain } from './apply/domain.ts';
import { makeForwarding, removeForwarding } from './apply/forwarding.ts';
import { makeMailbox, removeMailbox } from './apply/mailbox.ts';
import { makeRelayhost, removeRelayhost, turnOutbound } from './apply/relayhost.ts';
import { type Kind, kindOf } from './names.ts';

/** Makes one kind of change. Throws a Problem for what Mailcow refuses. */
type Make = (deed: Deed) => Promise<Outcome>;

const MAKERS: Readonly<Record<Change['verb'], Partial<Record<Kind, Make>>>> = {
  create: {
    domain: makeDomain,
    dkim: makeDkim,
    mailbox: makeMailbox,
    alias: makeAlias,
    forwarding: makeForwarding,
    relayhost: makeRelayhost,
    outbound: turnOutbound,
  },
  update: { alias: turnAlias, domain: turnDomain, outbound: turnOutbound },
  delete: {
    domain: removeDomain,
    mailbox: removeMailbox,
    dkim: removeDkim,
    alias: removeAlias,
    forwarding: removeForwarding,
    relayhost: removeRelayhost,
    outbound: turnOutbound,
  },
};

/** How many of a kind are under way at once: each is a PHP process that waits for one database. */
const AT_ONCE = 4;

/**
 * Makes the changes of any number of domains and says how each went; never throws for what Mailcow refuses. New domains are known to
 * webmail only after a restart of SOGo, some seconds without it for everybody: it is asked for once, with the last of them.
 */
export async function applyMailcow(
  changes: readonly Change[],
  report: Report,
  needs: Pick<Deed, 'client' | 'secrets' | 'readCredentials'>,
): Promise<void> {
  const isNewDomain = (change: Change) => change.verb === 'create' && kindOf(change.id) === 'domain';
  const domains = changes.filter(isNewDomain);
  const last = domains.at(-1);
  const make = async (change: Change, restartSogo = false): Promise<Outcome> => {
    report.start(change.id);
    const outcome = await makeOne(change, { ...needs, restartSogo });
    report.outcome(change.id, outcome);
    return outcome;
  };
  const others = domains.filter((change) => change !== last);
  const makeDomains = async () => {
    await inTurns(others, AT_ONCE, (change) => make(change));
    if (last) await make(last, true);
  };
  const rest = changes.filter((change) => !isNewDomain(change));
  await Promise.all([makeDomains(), inTurns(rest, AT_ONCE, (change) => make(change))]);
}

async function makeOne(change: Change, needs: Omit<Deed, 'change' | 'data'>): Promise<Outcome> {
  const kind = kindOf(change.id);
  const maker = kind && MAKERS[change.verb][kind];
  try {
    if (!maker) throw new Problem('failed', 'mailcow.change', `No way to apply "${change.id}".`);
    return await maker({ ...needs, change, data: (change.verb === 'delete' ? change.before : change.after) ?? null });
  } catch (error) {
    return { status: 'failed', problem: toProblem(error).toJSON() };
  }
}
