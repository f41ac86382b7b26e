import type { ResultInfo } from './refusal.ts';
import type { StoredRecord } from './state.ts';

/** One page of a list. A page past the end is empty; `per_page` is held between 1 and `most`. */
export function paginate<T>(
  all: readonly T[],
  query: URLSearchParams,
  usual: number,
  most: number,
): { items: readonly T[]; info: ResultInfo } {
  const page = readCount(query.get('page'), 1, Number.MAX_SAFE_INTEGER);
  const perPage = readCount(query.get('per_page'), usual, most);
  const items = all.slice((page - 1) * perPage, page * perPage);
  return {
    items,
    info: {
      page,
      per_page: perPage,
      count: items.length,
      total_count: all.length,
      total_pages: Math.ceil(all.length / perPage),
    },
  };
}

function readCount(value: string | null, usual: number, most: number): number {
  const number = Number(value ?? usual);
  if (!Number.isInteger(number)) return usual;
  return Math.min(Math.max(1, number), most);
}

type Test = (text: string, wanted: string) => boolean;

const TESTS: Readonly<Record<string, Test>> = {
  exact: (text, wanted) => text === wanted,
  contains: (text, wanted) => text.includes(wanted),
  startswith: (text, wanted) => text.startsWith(wanted),
  endswith: (text, wanted) => text.endsWith(wanted),
};

/** The records of a zone that a list call asks for: filters in dot notation, `match`, `order`, `direction`. */
export function findRecords(records: Iterable<StoredRecord>, query: URLSearchParams): StoredRecord[] {
  const tests = readFilters(query);
  const isAny = query.get('match') === 'any';
  const found = [...records].filter(
    (record) =>
      tests.length === 0 || (isAny ? tests.some((test) => test(record)) : tests.every((test) => test(record))),
  );
  return sort(found, query.get('order'), query.get('direction') === 'desc');
}

function readFilters(query: URLSearchParams): ((record: StoredRecord) => boolean)[] {
  const filters: ((record: StoredRecord) => boolean)[] = [];
  for (const [key, value] of query) {
    const [field = '', operator = 'exact'] = key.split('.', 2);
    const wanted = value.toLowerCase();
    const test = TESTS[operator];
    if (field === 'type') filters.push(({ type }) => type === value.toUpperCase());
    else if (field === 'proxied') filters.push(({ proxied }) => String(proxied) === wanted);
    else if (field === 'search')
      filters.push(({ name, content, comment }) =>
        `${name} ${content} ${comment ?? ''}`.toLowerCase().includes(wanted),
      );
    else if (field === 'comment' && operator === 'present') filters.push(({ comment }) => comment !== null);
    else if (field === 'comment' && operator === 'absent') filters.push(({ comment }) => comment === null);
    else if (field === 'tag') filters.push(tagFilter(operator, wanted));
    else if (test && field === 'name') filters.push(({ name }) => test(name, wanted.replace(/\.$/, '')));
    else if (test && field === 'content') filters.push(({ content }) => test(content.toLowerCase(), wanted));
    else if (test && field === 'comment') filters.push(({ comment }) => test((comment ?? '').toLowerCase(), wanted));
  }
  return filters;
}

/** Tag filters name a tag, or with `name:value` also what it says: `tag.present=owner`, `tag.exact=owner:dns`. */
function tagFilter(operator: string, wanted: string): (record: StoredRecord) => boolean {
  const [name = '', ...rest] = wanted.split(':');
  const value = rest.join(':');
  const findTag = ({ tags }: StoredRecord) =>
    tags.map((tag) => tag.toLowerCase().split(':')).find(([tagName]) => tagName === name);
  if (operator === 'present') return (record) => findTag(record) !== undefined;
  if (operator === 'absent') return (record) => findTag(record) === undefined;
  const test = TESTS[operator];
  return (record) => {
    const tag = findTag(record);
    return tag !== undefined && (test?.(tag.slice(1).join(':'), value) ?? false);
  };
}

function sort(records: StoredRecord[], order: string | null, isDescending: boolean): StoredRecord[] {
  const key = (record: StoredRecord): string | number => {
    if (order === 'ttl') return record.ttl;
    if (order === 'proxied') return Number(record.proxied);
    if (order === 'name' || order === 'content' || order === 'type') return record[order];
    return 0;
  };
  const sorted = records.sort((one, other) => {
    const [left, right] = [key(one), key(other)];
    return left < right ? -1 : left > right ? 1 : 0;
  });
  return isDescending ? sorted.reverse() : sorted;
}
