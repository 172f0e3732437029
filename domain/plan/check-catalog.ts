/** Checks of a catalog that a schema cannot express: its parts fit each other. */
import type { Catalog } from '../../contracts/catalog.ts';
import { plainForm } from '../basics/scripts.ts';
import { checkRubric } from './check-rubric.ts';
import { checkTemplates } from './check-templates.ts';
import { requireKnown, requireUnique } from './require.ts';

export function checkCatalog(catalog: Catalog): void {
  const place = `catalog ${catalog.name}`;
  requireUnique(
    `${place}: skills`,
    catalog.skills.map(({ id }) => id),
  );
  requireUnique(
    `${place}: skill names`,
    catalog.skills.map(({ name }) => plainForm(name).toLowerCase()),
  );
  requireUnique(
    `${place}: topics`,
    catalog.topics.map(({ id }) => id),
  );
  requireUnique(
    `${place}: topic names`,
    catalog.topics.map(({ name }) => plainForm(name).toLowerCase()),
  );
  const categories = Object.keys(catalog.categories);
  for (const skill of catalog.skills) requireKnown(`${place}: skills.${skill.id}.category`, skill.category, categories);
  const skillIds = catalog.skills.map(({ id }) => id);
  for (const pair of catalog.nearSynonyms)
    for (const id of pair.skills) requireKnown(`${place}: nearSynonyms`, id, skillIds);
  checkTemplates(catalog);
  checkRubric(catalog);
}
