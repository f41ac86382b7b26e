import pc from 'picocolors';

const SLOW_MS = 2000;

/** Says what is waited for where servers keep somebody waiting: on stderr, so that no page or report has it. */
export async function tellIfSlow<T>(domains: number, work: Promise<T>): Promise<T> {
  const what = domains === 1 ? 'the domain' : `${domains} domains`;
  const timer = setTimeout(() => {
    process.stderr.write(
      `${pc.dim(`… asking DNS about ${what}; a domain with silent servers takes two minutes at most`)}\n`,
    );
  }, SLOW_MS);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
  }
}
