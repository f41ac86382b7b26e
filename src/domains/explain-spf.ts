import { isSpf } from '../core/spf.ts';
import { readSpfTerm } from '../core/spf-grammar.ts';
import { fromBytes } from '../core/txt.ts';
import type { SpfQuestion, SpfStep, SpfTrace, SpfVerdict } from '../core/verdicts.ts';
import type { SpfNeeds } from './needs.ts';

/** Further than receivers go. */
const MOST_DEEP = 10;

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
  const trace = await follow(domain, domain, question, needs, 0);
  const isCut = verdict.result === 'permerror' || verdict.result === 'temperror';
  return { domain, verdict, trace: isCut ? beforeTheEnd(trace) : trace };
}

/** Whoever ran into a limit of all look-ups together never came to the term that would have matched. */
function beforeTheEnd({ steps, ...trace }: SpfTrace): SpfTrace {
  return {
    ...trace,
    steps: steps.map(({ term, verdict, ...step }) =>
      verdict === 'match' ? { term, verdict: 'not reached' } : { term, verdict, ...step },
    ),
  };
}

async function follow(
  domain: string,
  origin: string,
  question: SpfQuestion,
  needs: SpfNeeds,
  depth: number,
): Promise<SpfTrace> {
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
  const isMechanism = (word: string) => 'qualifier' in readSpfTerm(word);
  const redirect = words.filter((word) => /^redirect=/i.test(word));
  const ordered = [...words.filter(isMechanism), ...(words.some((word) => /^[+?~-]?all$/i.test(word)) ? [] : redirect)];
  let isDecided = false;
  for (const word of ordered) {
    if (isDecided) steps.push({ term: word, verdict: 'not reached' });
    else {
      const step = await meet(word, domain, origin, question, needs, depth);
      steps.push(step);
      isDecided = step.verdict !== 'no match';
    }
  }
  return { domain, record, steps };
}

/** One term alone: with `?all` behind it a pass is its match, and neutral none. */
async function meet(
  word: string,
  domain: string,
  origin: string,
  question: SpfQuestion,
  needs: SpfNeeds,
  depth: number,
): Promise<SpfStep> {
  const term = readSpfTerm(word);
  if ('wrong' in term) return { term: word, verdict: 'error', reason: term.wrong };
  const isRedirect = term.name === 'redirect';
  const alone = isRedirect ? `v=spf1 ${word}` : `v=spf1 +${word.replace(/^[+?~-]/, '')} ?all`;
  const records = new Map([
    // The sender stays who it is: only the record in question is another.
    ...(domain === origin ? [] : [[origin, `v=spf1 redirect=${domain}`] as const]),
    [domain, alone] as const,
  ]);
  const { result, reason } = await needs.evaluate(question, records);
  const isError = result === 'permerror' || result === 'temperror';
  if (isError) return { term: word, verdict: 'error', ...(reason === undefined ? {} : { reason }) };
  const isMatch = isRedirect || result === 'pass';
  const target = term.domain;
  const leads = isMatch && (isRedirect || term.name === 'include') && target !== undefined && !target.includes('%');
  if (!leads || depth >= MOST_DEEP) return { term: word, verdict: isMatch ? 'match' : 'no match' };
  return { term: word, verdict: 'match', below: await follow(target, origin, question, needs, depth + 1) };
}
