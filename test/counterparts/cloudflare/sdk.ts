import { pathToFileURL } from 'node:url';

/** What is used of the SDK: it is installed beside the project, not in it, so its own types are out of reach. */
export interface Sdk {
  new (options: { apiToken: string; baseURL: string; maxRetries?: number }): Client;
  readonly BadRequestError: ErrorClass;
  readonly AuthenticationError: ErrorClass;
  readonly PermissionDeniedError: ErrorClass;
  readonly NotFoundError: ErrorClass;
  readonly RateLimitError: ErrorClass;
  readonly InternalServerError: ErrorClass;
}
/** One of its error classes. */
export type ErrorClass = new (...args: never[]) => Error;
/** A zone as it reads one. */
export interface Zone {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly account: { readonly id: string };
  readonly name_servers: readonly string[];
}
/** A record as it reads one. */
export interface Entry {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly content: string;
  readonly ttl: number;
  readonly comment: string | null;
  readonly proxied: boolean;
  readonly priority?: number;
  readonly meta: { readonly read_only?: boolean };
}
interface Page<T> extends AsyncIterable<T> {
  readonly result: readonly T[];
}
/** A list that can be walked or awaited. */
export type Listing<T> = AsyncIterable<T> & PromiseLike<Page<T>>;
interface Batch {
  readonly deletes: readonly Entry[];
  readonly patches: readonly Entry[];
  readonly puts: readonly Entry[];
  readonly posts: readonly Entry[];
}
/** A client with a token. */
export interface Client {
  readonly zones: {
    list(query?: object): Listing<Zone>;
    get(query: { zone_id: string }): PromiseLike<Zone>;
    create(zone: object): PromiseLike<Zone>;
    delete(query: { zone_id: string }): PromiseLike<unknown>;
  };
  readonly dns: {
    readonly records: {
      list(query: { zone_id: string; per_page?: number; type?: string; name?: object }): Listing<Entry>;
      get(id: string, query: { zone_id: string }): PromiseLike<Entry>;
      create(record: object): PromiseLike<Entry>;
      edit(id: string, changes: object): PromiseLike<Entry>;
      update(id: string, record: object): PromiseLike<Entry>;
      delete(id: string, query: { zone_id: string }): PromiseLike<{ id: string }>;
      batch(changes: object): PromiseLike<Batch>;
    };
  };
  readonly user: { readonly tokens: { verify(): PromiseLike<{ id: string; status: string }> } };
  readonly accounts: {
    readonly tokens: { verify(query: { account_id: string }): PromiseLike<{ id: string; status: string }> };
  };
}

/** Loads it from where it is installed. */
export async function loadSdk(path: string): Promise<Sdk> {
  return ((await import(pathToFileURL(path).href)) as { default: Sdk }).default;
}

/** Everything that a list gives, page after page. */
export async function collect<T>(listing: Listing<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of listing) all.push(one);
  return all;
}
