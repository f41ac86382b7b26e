import { isSpf, parseSpfTerm } from '../core/records/spf.ts';
import { readSpfTerm } from '../core/records/spf-grammar.ts';
import { fromBytes } from '../core/records/txt.ts';
import type { SpfQuestion, SpfStep, SpfTrace, SpfVerdict } from '../core/verdicts.ts';
import type { SpfNeeds } from './needs.ts';

/** Further than receivers go. */
const MOST_DEEP = 10;
/** RFC 7208 4.6.4. */
const MOST_EMPTY = 2;

/** Who may send, and by which term: the verdict of a receiver, and the record as the host went through it. */
export interface SpfExplanation {
  readonly domain: string;
  readonly verdict: SpfVerdict;
  readonly trace: SpfTrace;
}

/**
 * Evaluates SPF for one host and address as a receiver does, and then term by term, each alone in the record's place, until one matches:
 * so the way is seen that the verdict came by.
 */
export async function explainSpf(asked: SpfQuestion, needs: SpfNeeds): Promise<SpfExplanation> {
  const question = { ...asked, from: asked.from.replace(/\.$/, ''), helo: asked.helo.replace(/\.$/, '') };
  const { from, helo } = question;
  const domain = (from === '' ? helo : from.slice(from.lastIndexOf('@') + 1)).toLowerCase();
  const verdict = await needs.evaluate(question, new Map());
  const way = { origin: domain, question, needs, isError: verdict.result === 'permerror' };
  const trace = await follow(domain, way, 0, { count: 0, empty: 0 });
  return { domain, verdict, trace };
}

/** What is the same for every record on the way. */
interface Way {
  /** The sender's domain, where the way begins. */
  readonly origin: string;
  readonly question: SpfQuestion;
  readonly needs: SpfNeeds;
  /** Whether the verdict is that the record can’t be used. */
  readonly isError: boolean;
}

/** Look-ups so far. */
type Spent = Pick<SpfVerdict['lookups'], 'count' | 'empty'>;

async function follow(domain: string, way: Way, depth: number, before: Spent): Promise<SpfTrace> {
  const { needs } = way;
  const answer = await needs.resolver.public({ name: domain, type: 'TXT' });
  const records = answer.values.map(fromBytes).filter(isSpf);
  const [record] = records;
  // Several records, or none: the verdict says what that means.
  if (record === undefined || records.length > 1) return { domain, steps: [] };
  const steps: SpfStep[] = [];
  const words = record
    .slice(6)
    .split(' ')
    .filter((word) => word !== '');
  // One word that is no term, and a second redirect or exp, spoils the record: receivers look at none.
  const unusable = words.map((word, at) => unread(word, words.slice(0, at)));
  if (way.isError && unusable.some(({ verdict }) => verdict === 'error')) return { domain, record, steps: unusable };
  const isMechanism = (word: string) => 'qualifier' in readSpfTerm(word);
  const redirect = words.filter((word) => /^redirect=/i.test(word) && 'name' in readSpfTerm(word));
  const ordered = [...words.filter(isMechanism), ...(words.some((word) => /^[+?~-]?all$/i.test(word)) ? [] : redirect)];
  let isDecided = false;
  let spent = before;
  for (const word of ordered) {
    if (isDecided) steps.push({ term: word, verdict: 'not reached' });
    else {
      const met = await meet(word, domain, way, depth, spent);
      spent = met.spent;
      steps.push(met.step);
      isDecided = met.step.verdict !== 'no match';
    }
  }
  return { domain, record, steps };
}

function unread(word: string, before: readonly string[]): SpfStep {
  const read = readSpfTerm(word);
  if ('wrong' in read) return { term: word, verdict: 'error', reason: `the term ${read.wrong}` };
  const once = /^(?:redirect|exp)=/i.exec(word)?.[0].toLowerCase();
  return once !== undefined && before.some((one) => one.toLowerCase().startsWith(once))
    ? { term: word, verdict: 'error', reason: `${once} stands more than once` }
    : { term: word, verdict: 'not reached' };
}

/** One term alone: with `?all` behind it a pass is its match, and neutral none. Receivers stop where the look-ups are used up, whatever it says. */
async function meet(
  word: string,
  domain: string,
  way: Way,
  depth: number,
  before: Spent,
): Promise<{ step: SpfStep; spent: Spent }> {
  const { origin, question, needs } = way;
  const { name, domain: target } = parseSpfTerm(word);
  const isRedirect = name === 'redirect';
  const alone = isRedirect ? `v=spf1 ${word}` : `v=spf1 +${word.replace(/^[+?~-]/, '')} ?all`;
  const isBelow = domain !== origin;
  const records = new Map([
    // The sender stays who it is: only the record in question is another.
    ...(isBelow ? [[origin, `v=spf1 redirect=${domain}`] as const] : []),
    [domain, alone] as const,
  ]);
  const { result, reason, lookups } = await needs.evaluate(question, records);
  const spent = {
    count: before.count + lookups.count - (isBelow ? 1 : 0),
    empty: before.empty + lookups.empty,
  };
  const told = (step: Omit<SpfStep, 'term'>) => ({ step: { term: word, ...step }, spent });
  if (spent.count > lookups.limit)
    return told({ verdict: 'error', reason: `with it there are more than ${lookups.limit} look-ups` });
  if (spent.empty > MOST_EMPTY)
    return told({ verdict: 'error', reason: `with it more than ${MOST_EMPTY} look-ups find nothing` });
  const isError = result === 'permerror' || result === 'temperror';
  if (isError) return told({ verdict: 'error', ...(reason === undefined ? {} : { reason }) });
  const isMatch = isRedirect || result === 'pass';
  const leads = isMatch && (isRedirect || name === 'include') && target !== undefined && !target.includes('%');
  if (!leads || depth >= MOST_DEEP) return told({ verdict: isMatch ? 'match' : 'no match' });
  const inside = { count: before.count + 1, empty: before.empty };
  return told({ verdict: 'match', below: await follow(target, way, depth + 1, inside) });
}
