/** One term of an SPF record: a mechanism or a modifier (RFC 7208 4.6.1). */
export interface SpfTerm {
  readonly text: string;
  /** '+', '-', '~', '?' ; absent for modifiers. */
  readonly qualifier?: '+' | '-' | '~' | '?';
  /** Lower case: 'include', 'all', 'redirect' …; a modifier that is called like a mechanism keeps its sign: 'include='. */
  readonly name: string;
  /** What follows ':' or '=', or from '/' on, lower case and without a final dot. */
  readonly value: string;
  /** The domain-spec, where the term has one; it may hold macros. */
  readonly domain?: string;
  /** The range's lengths in bits, where they are given (a, mx, ip4, ip6). */
  readonly cidr4?: number;
  readonly cidr6?: number;
}

/** Why a word is no term, as the rest of a sentence that begins with 'the term "…"'. */
export interface NoTerm {
  readonly wrong: string;
}

const MECHANISMS = ['all', 'include', 'a', 'mx', 'ptr', 'ip4', 'ip6', 'exists'];

/** Reads one word of a record by the grammar of RFC 7208 12, and no other. */
export function readSpfTerm(text: string): SpfTerm | NoTerm {
  const odd = [...text].find((char) => char < '!' || char > '~');
  if (odd !== undefined) return wrong(`holds the character ${JSON.stringify(odd)}`);
  const [, modifier, given = ''] = /^([a-z][a-z0-9_.-]*)=(.*)$/i.exec(text) ?? [];
  if (modifier !== undefined) return readModifier(text, modifier.toLowerCase(), given);
  const [, sign = '', word = '', rest = ''] = /^([+?~-]?)([a-z0-9]*)(.*)$/is.exec(text) ?? [];
  const name = word.toLowerCase();
  if (!MECHANISMS.includes(name))
    return wrong(name.startsWith('ipv') ? `is unknown: it is ${name.replace('v', '')}` : 'is unknown');
  const term = { text, qualifier: (sign || '+') as '+', name, value: shown(rest) };
  if (name === 'all') return rest === '' ? term : wrong('takes no value');
  if (name === 'ip4' || name === 'ip6') return readAddress(term, rest);
  const needsDomain = name === 'include' || name === 'exists';
  if (needsDomain && !/^:./.test(rest)) return wrong('lacks its value');
  if (rest === '') return term;
  const [whole, spec, four, six] = /^(?::(.*?))?(?:\/(\d+))?(?:\/\/(\d+))?$/s.exec(rest) ?? [];
  const takesRange = name === 'a' || name === 'mx';
  if (takesRange ? whole === undefined : !rest.startsWith(':'))
    return wrong(`goes on with "${rest}", which can’t stand there`);
  // What looks like a range is part of the name where none may stand.
  const domain = takesRange ? spec : rest.slice(1);
  if (domain === '') return wrong('lacks its value');
  const bad = domain === undefined ? undefined : faultOfDomain(domain);
  if (bad !== undefined) return wrong(bad);
  const ranges = takesRange ? readRanges(four, six) : {};
  return 'wrong' in ranges
    ? ranges
    : { ...term, ...(domain === undefined ? {} : { domain: plain(domain) }), ...ranges };
}

function readModifier(text: string, name: string, given: string): SpfTerm | NoTerm {
  const term = { text, name: MECHANISMS.includes(name) ? `${name}=` : name, value: shown(`=${given}`) };
  if (name !== 'redirect' && name !== 'exp') {
    const fault = faultOfMacros(given, 'slodiphcrtv');
    return fault === undefined ? term : wrong(fault);
  }
  if (given === '') return wrong('names no domain');
  const fault = faultOfDomain(given);
  return fault === undefined ? { ...term, domain: plain(given) } : wrong(fault);
}

function readAddress(term: SpfTerm, rest: string): SpfTerm | NoTerm {
  const [, address = '', bits] = /^:([^/]*)(?:\/(.*))?$/s.exec(rest) ?? [];
  const isFour = term.name === 'ip4';
  if (address === '') return wrong('lacks its value');
  if (!(isFour ? isIpv4(address) : isIpv6(address))) return wrong(`is no ${isFour ? 'IPv4' : 'IPv6'} range`);
  if (bits === undefined) return term;
  const ranges = isFour ? readRanges(bits, undefined) : readRanges(undefined, bits);
  return 'wrong' in ranges ? wrong(`is no ${isFour ? 'IPv4' : 'IPv6'} range`) : { ...term, ...ranges };
}

function readRanges(four: string | undefined, six: string | undefined): Pick<SpfTerm, 'cidr4' | 'cidr6'> | NoTerm {
  const isLength = (text: string | undefined, most: number) =>
    text === undefined || (/^(0|[1-9]\d*)$/.test(text) && Number(text) <= most);
  if (!isLength(four, 32)) return wrong(`has the range /${four}: an IPv4 range has 0 to 32 bits`);
  if (!isLength(six, 128)) return wrong(`has the range /${six}: an IPv6 range has 0 to 128 bits`);
  return {
    ...(four === undefined ? {} : { cidr4: Number(four) }),
    ...(six === undefined ? {} : { cidr6: Number(six) }),
  };
}

/** A domain-spec: text and macros that end in '.label' or in a macro; the label has a letter or a hyphen in it. */
function faultOfDomain(spec: string): string | undefined {
  const fault = faultOfMacros(spec, 'slodiphv');
  if (fault !== undefined) return fault;
  if (/%(\{[^}]*\}|[%_-])$/.test(spec)) return undefined;
  const [, label = ''] = /\.([^.]*)\.?$/.exec(spec) ?? [];
  const isLabel = /^[a-z0-9]*[a-z][a-z0-9]*$/i.test(label) || /^[a-z0-9]+-[a-z0-9-]*[a-z0-9]$/i.test(label);
  if (!isLabel) return `names "${spec}", which is no domain name`;
  // The length of a macro's text is known to nobody.
  const labels = spec.replace(/\.$/, '').split('.');
  if (spec.includes('%')) return undefined;
  if (labels.some((one) => one === '' || one.length > 63) || spec.length > 254)
    return `names "${spec}", which is no domain name`;
  return undefined;
}

/** Macros (RFC 7208 7.1): %{letter digits r delimiters}, %%, %_ and %-. */
function faultOfMacros(text: string, letters: string): string | undefined {
  for (const [macro] of text.matchAll(/%(\{[^}]*\}?|.?)/gs)) {
    if (['%%', '%_', '%-'].includes(macro)) continue;
    const [, letter = '', digits] = /^%\{([a-z])(\d*)r?[.\-+,/_=]*\}$/i.exec(macro) ?? [];
    if (letter === '') return `holds "${macro}", which is no macro`;
    if (!letters.includes(letter.toLowerCase()))
      return `holds the macro ${macro}, which may stand in explanations only`;
    if (digits !== '' && Number(digits) === 0) return `holds "${macro}": a macro keeps at least one label`;
  }
  return undefined;
}

export function isIpv4(text: string): boolean {
  return /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/.test(text);
}

/** RFC 4291 2.2: eight groups of up to four hex digits, the last two may be an IPv4 address, one '::' for a run of zeros. */
export function isIpv6(text: string): boolean {
  const [head = '', tail, ...more] = text.split('::');
  if (more.length > 0) return false;
  const groups = (part: string) => (part === '' ? [] : part.split(':'));
  const all = [...groups(head), ...groups(tail ?? '')];
  // An IPv4 address stands at the very end, not before '::'.
  const last = tail === '' ? undefined : all.at(-1);
  const endsIpv4 = last?.includes('.') === true && isIpv4(last);
  const count = all.length + (endsIpv4 ? 1 : 0);
  const hex = endsIpv4 ? all.slice(0, -1) : all;
  return hex.every((group) => /^[0-9a-f]{1,4}$/i.test(group)) && (tail === undefined ? count === 8 : count < 8);
}

function shown(rest: string): string {
  const value = /^[:=]/.test(rest) ? rest.slice(1) : rest;
  return value.toLowerCase().replace(/\.$/, '');
}

function plain(domain: string): string {
  return domain.toLowerCase().replace(/\.$/, '');
}

function wrong(why: string): NoTerm {
  return { wrong: why };
}
