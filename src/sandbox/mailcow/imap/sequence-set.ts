import { BadCommand } from './values.ts';

/** Whether a number is in a set like '1:3,7,10:*'; `last` is the highest that there is. @throws BadCommand where it is no set */
export function parseSet(text: string, last: number): (n: number) => boolean {
  const ranges = text.split(',').map((part) => {
    const [, from = '', to = from] = /^(\d+|\*)(?::(\d+|\*))?$/.exec(part) ?? [];
    if (from === '') throw new BadCommand(`${text} is no set of messages`);
    const ends = [from, to].map((end) => (end === '*' ? last : Number(end)));
    return [Math.min(...ends), Math.max(...ends)] as const;
  });
  return (n) => ranges.some(([low, high]) => n >= low && n <= high);
}
