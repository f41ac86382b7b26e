import { badRequest } from '../gate/errors.ts';
import { arnOf, type Place, type TemplateContent } from '../state.ts';
import { fillTemplate, readTemplateData } from '../templates/fill.ts';
import { findTemplate } from '../templates/find-template.ts';
import { checkTemplate, hasBlocks, MalformedTemplate } from '../templates/render.ts';
import type { TemplateInput } from './input.ts';

/** Content that is a template: stored, by name or ARN, or inline with plain places only. @throws AwsError for what is refused at the call */
export function readTemplate(place: Place, given: TemplateInput) {
  const { TemplateName, TemplateArn, TemplateContent } = given;
  if ([TemplateName, TemplateArn, TemplateContent].filter((one) => one !== undefined).length !== 1)
    throw badRequest('Template must have exactly one of TemplateName, TemplateArn and TemplateContent.');
  const name = TemplateName ?? nameIn(place, TemplateArn);
  const content = name === undefined ? inline(TemplateContent ?? {}) : findTemplate(place, name).content;
  const data = readTemplateData(given.TemplateData);
  return { template: name, fill: () => fillTemplate(content, data) };
}

function nameIn(place: Place, arn: string | undefined): string | undefined {
  if (arn === undefined) return undefined;
  const name = arn.slice(arn.indexOf('/') + 1);
  if (arn !== arnOf(place, 'template', name)) throw badRequest(`Invalid template ARN ${arn}.`);
  return name;
}

function inline(content: TemplateContent): TemplateContent {
  const parts = [content.Subject, content.Text, content.Html].map((part) => part ?? '');
  if (!content.Subject || (!content.Text && !content.Html))
    throw badRequest('Template content must have a subject and a Text or Html part.');
  if (parts.some(hasBlocks)) throw badRequest('Inline template content supports plain substitution only.');
  try {
    parts.forEach(checkTemplate);
  } catch (error) {
    if (error instanceof MalformedTemplate) throw badRequest(`Invalid template: ${error.message}`);
    throw error;
  }
  return content;
}
