import { notFound } from '../gate/errors.ts';
import type { Place, Template } from '../state.ts';

/** The template of that name. @throws AwsError NotFoundException */
export function findTemplate(place: Place, name: string): Template {
  const template = place.templates.get(name);
  if (!template) throw notFound(`Template ${name} does not exist.`);
  return template;
}
