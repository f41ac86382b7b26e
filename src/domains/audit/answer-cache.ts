import type { Answer, Question, Resolver } from '../../core/resolver.ts';

/** Seconds that an answer is remembered at most, and one that has nothing: its zone may say less, and nobody waits for it here. */
const MOST_SECONDS = 3600;
const ABSENT_SECONDS = 30;
const MOST_KEPT = 10_000;

/**
 * Remembers what one server's word is enough for (`any`), for as long as its TTL says, and asks what several want to know at the same time
 * once: many domains draw in the same records. What was not heard is not remembered.
 */
export function rememberAnswers<T extends Pick<Resolver, 'authoritative'>>(resolver: T, now: () => number): T {
  const known = new Map<string, { readonly until: number; readonly answer: Promise<Answer> }>();

  function ask(question: Question): Promise<Answer> {
    const key = `${question.type} ${question.name}`;
    const there = known.get(key);
    if (there && there.until > now()) return there.answer;
    const answer = resolver.authoritative(question);
    known.delete(key);
    // For as long as it is asked; how long it counts after that, it says itself.
    known.set(key, { until: Number.POSITIVE_INFINITY, answer });
    const oldest = known.size > MOST_KEPT ? known.keys().next().value : undefined;
    if (oldest !== undefined) known.delete(oldest);
    return answer.then(
      (heard) => {
        if (heard.status === 'unknown') known.delete(key);
        else known.set(key, { until: now() + lifetime(heard) * 1000, answer });
        return heard;
      },
      (error: unknown) => {
        known.delete(key);
        throw error;
      },
    );
  }

  return {
    ...resolver,
    authoritative: (question) => (question.any ? ask(question) : resolver.authoritative(question)),
  };
}

/** Seconds. */
function lifetime({ status, servers }: Answer): number {
  if (status === 'absent') return ABSENT_SECONDS;
  return Math.min(MOST_SECONDS, ...servers.flatMap(({ ttl }) => ttl ?? []));
}
