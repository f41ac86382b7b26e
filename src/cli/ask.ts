import pc from 'picocolors';
import type { Unapproved } from '../planning/round.ts';
import { countChanges } from './show/show-plan.ts';

/**
 * Who approves plans: --yes for the first (and what they announced), a person at a terminal, nobody else.
 * What a blanket yes does not answer (Change.ask), and a later plan that holds something else, is a conflict under --yes.
 */
export function askPerson(options: { yes: boolean; say: (line: string) => void }) {
  let asked = 0;
  return async (open: readonly Unapproved[]): Promise<'yes' | 'no' | 'conflict'> => {
    asked += 1;
    const changes = open.flatMap((one) => one.changes);
    const questions = [...new Set(changes.flatMap((change) => change.ask ?? []))];
    const words = [...new Set(changes.flatMap((change) => change.typed ?? []))];
    if (words.length > 0 && (options.yes || !process.stdin.isTTY || !process.stdout.isTTY)) {
      for (const change of changes.filter((one) => one.typed))
        options.say(`${pc.red('✗')} ${change.what}: not without a person.`);
      options.say(`  ${pc.dim('→')} Run it at a terminal, without --yes: the domain’s name is to be typed.`);
      return 'conflict';
    }
    if (options.yes) {
      if (questions.length > 0) {
        for (const question of questions) options.say(`${pc.red('✗')} ${question}`);
        return 'conflict';
      }
      if (asked === 1) return 'yes';
      options.say(`${pc.red('✗')} The world changed on the way; these changes were not in the approved plan:`);
      for (const change of changes) options.say(`    ${change.what}`);
      options.say(`  ${pc.dim('→')} Run again to see and approve the new plan.`);
      return 'conflict';
    }
    if (!process.stdin.isTTY || !process.stdout.isTTY) {
      options.say(`\n${pc.bold(countChanges(changes))}. There is no terminal to ask at. To approve: --yes`);
      return 'no';
    }
    const { confirm, isCancel, text } = await import('@clack/prompts');
    for (const word of words) {
      const typed = await text({ message: `What goes can’t be had again. To remove it, type ${word}` });
      if (isCancel(typed) || typed.trim() !== word) return 'no';
    }
    if (asked > 1) {
      options.say('The world changed on the way; new changes:');
      for (const change of changes) options.say(`    ${change.what}`);
    }
    for (const question of questions) {
      const answer = await confirm({ message: question, initialValue: false });
      if (isCancel(answer) || !answer) return 'no';
    }
    const later = open.some(({ plan }) => plan.later.length > 0) ? ', and what is announced' : '';
    const domains = open.length > 1 ? `${open.length} domains` : open[0]?.plan.domain;
    const answer = await confirm({ message: `${countChanges(changes)}${later} for ${domains}: do it?` });
    return !isCancel(answer) && answer ? 'yes' : 'no';
  };
}

/** Asks for a secret at the terminal, each question once; undefined where nobody can be asked. */
export function askSecret(): ((question: string) => Promise<string | undefined>) | undefined {
  if (!process.stdin.isTTY || !process.stdout.isTTY) return undefined;
  const answers = new Map<string, Promise<string | undefined>>();
  // One question at a time, also where several relays want an answer.
  let turn: Promise<unknown> = Promise.resolve();
  return (question) => {
    const known = answers.get(question);
    if (known) return known;
    const answer = turn.then(async () => {
      const { password, isCancel } = await import('@clack/prompts');
      const given = await password({ message: question });
      return isCancel(given) ? undefined : given;
    });
    turn = answer;
    answers.set(question, answer);
    return answer;
  };
}
