import { isSpf, termsThatCount } from '../../records/spf.ts';
import { readSpfTerm, type SpfTerm } from '../../records/spf-grammar.ts';
import { fromBytes } from '../../records/txt.ts';
import { isFixedExists, isGlued } from '../lint/lint-spf.ts';
import { follow, type See, unheard } from './see.ts';

/** One record in the tree of what an SPF record draws in, with what its terms cost. */
export interface SpfNode {
  readonly domain: string;
  /** Absent where there is none, or it is not known. */
  readonly record?: string;
  readonly state: 'there' | 'none' | 'several' | 'unknown' | 'loop' | 'macro';
  readonly reason?: string;
  /** The term that leads here. */
  readonly term?: string;
  /** Look-ups of this record and all below, in the worst case: no term matches before the end. */
  readonly lookups: number;
  /** Terms whose look-up finds nothing. */
  readonly empty: readonly string[];
  /** mx terms with more than ten hosts. */
  readonly crowded: readonly string[];
  /** exists terms that let every host pass. */
  readonly open: readonly string[];
  readonly below: readonly SpfNode[];
}

/** Deeper, and wider, than receivers go: a hostile record ends here. */
const MOST_DEEP = 12;
const MOST_LOOKUPS = 60;

/** Gathers the tree as far as it is known. Pure. */
export function spfTree(domain: string, see: See, path: readonly string[] = [], term?: string): SpfNode {
  const node = {
    domain,
    lookups: 0,
    empty: [],
    crowded: [],
    open: [],
    below: [],
    ...(term === undefined ? {} : { term }),
  };
  const { answer } = follow(see, domain, 'TXT');
  const reason = unheard(answer);
  if (reason !== undefined) return { ...node, state: 'unknown', reason };
  const records = answer.values.map(fromBytes).filter(isSpf);
  const [record] = records;
  if (record === undefined) return { ...node, state: 'none' };
  if (records.length > 1) return { ...node, state: 'several', record };
  const terms = termsThatCount(
    record
      .slice(6)
      .split(' ')
      .filter((word) => !isGlued(word))
      .map(readSpfTerm)
      .filter((one): one is SpfTerm => 'name' in one && one.text !== ''),
  );
  const below: SpfNode[] = [];
  const empty: string[] = [];
  const crowded: string[] = [];
  const open: string[] = [];
  let lookups = 0;
  for (const one of terms) {
    if (lookups > MOST_LOOKUPS) break;
    const { name, domain: target = domain, text } = one;
    if (name === 'include' || name === 'redirect') {
      lookups += 1;
      const child = childOf(target, see, [...path, domain], text);
      below.push(child);
      lookups += child.lookups;
    } else if (['a', 'mx', 'exists', 'ptr'].includes(name)) {
      lookups += 1;
      if (target.includes('%') || name === 'ptr') continue;
      const hosts = follow(see, target, name === 'mx' ? 'MX' : 'A').answer;
      // exists asks for an A record, whatever the host has (RFC 7208 5.7).
      const isVoid =
        hosts.status === 'absent' && (name !== 'a' || follow(see, target, 'AAAA').answer.status === 'absent');
      // Below the root it is said in whose record the term stands.
      const said = path.length > 0 ? `${text} of ${domain}` : text;
      if (isVoid) empty.push(said);
      if (isFixedExists(one) && one.qualifier === '+' && hosts.values.length > 0) open.push(said);
      if (name === 'mx' && hosts.values.length > 10) crowded.push(said);
    }
  }
  return { ...node, state: 'there', record, lookups, empty, crowded, open, below };
}

function childOf(target: string, see: See, path: readonly string[], term: string): SpfNode {
  const leaf = { domain: target, lookups: 0, empty: [], crowded: [], open: [], below: [], term };
  if (target.includes('%')) return { ...leaf, state: 'macro' };
  if (path.includes(target)) return { ...leaf, state: 'loop' };
  if (path.length >= MOST_DEEP) return { ...leaf, state: 'unknown', reason: 'it lies deeper than receivers look' };
  return spfTree(target, see, path, term);
}

/** Every record of the tree, the root first. */
export function* everyNode(node: SpfNode): Generator<SpfNode> {
  yield node;
  for (const child of node.below) yield* everyNode(child);
}

/** The branches by what they cost, the dearest first: 'include:spf.example.net 4'. */
export function costs({ below }: SpfNode): string {
  return below
    .toSorted((a, b) => b.lookups - a.lookups)
    .map(({ term, lookups }) => `${term} ${lookups + 1}`)
    .join(', ');
}
