/** The reference of every published package and the documents that README lists, as one site. */
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import {
  Application,
  type CommentDisplayPart,
  type Context,
  Converter,
  type DeclarationReflection,
  type DocumentReflection,
  Logger,
  LogLevel,
  MinimalSourceFile,
  NamedTupleMember,
  normalizePath,
  PageEvent,
  ParameterReflection,
  type ProjectReflection,
  ReflectionFlag,
  ReflectionKind,
  ReflectionType,
  RestType,
  type SignatureReflection,
  type SourceReference,
  TupleType,
} from 'typedoc';
import { type Document, documents, type Entry, publishedEntries, root } from './project.ts';
import { removeCopies, shownInstead, sourcePage, writeSourcePages } from './source-pages.ts';

/** What typedoc has to say, kept. */
class Warnings extends Logger {
  readonly texts: string[] = [];

  override log(message: string, level: LogLevel): void {
    if (level >= LogLevel.Warn) this.texts.push(message);
  }
}

/**
 * Writes the site into a folder, which is emptied first.
 * @param entries what it describes: files that packages export
 * @returns what is wrong with it, such as links that lead nowhere. The site is written all the same.
 * @throws Error if the sources cannot be read
 */
export async function writeSite(
  folder: string,
  entries: readonly Entry[] = publishedEntries(),
): Promise<readonly string[]> {
  const pages = documents();
  const app = await Application.bootstrap({
    name: 'glassbox',
    entryPoints: entries.map(({ file }) => file),
    projectDocuments: pages.map(({ file }) => file),
    readme: join(root, 'README.md'),
    basePath: root,
    tsconfig: join(root, 'tsconfig.json'),
    // Types are checked by npm run typecheck, with the project's own compiler.
    skipErrorChecking: true,
    excludePrivate: true,
    excludeExternals: true,
    disableGit: true,
    sourceLinkTemplate: '{path}',
    validation: { notExported: false, invalidLink: true, invalidPath: true, rewrittenLink: true },
    customCss: join(import.meta.dirname, 'site.css'),
    navigation: { includeGroups: true },
    searchInComments: true,
    searchInDocuments: true,
    sort: ['documents-first', 'alphabetical'],
    sortEntryPoints: false,
    groupOrder: [
      ...new Set(pages.map(({ group }) => group)),
      ...[
        'Modules',
        'Namespaces',
        'Functions',
        'Classes',
        'Constructors',
        'Methods',
        'Accessors',
        'Properties',
      ],
      '*',
    ],
    cleanOutputDir: true,
  });
  const warnings = new Warnings();
  app.logger = warnings;
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_: unknown, page: DocumentReflection) =>
    giveTitle(page, pages),
  );
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }: Context) => {
    describeModules(app, project, entries);
    showOpsAsMethods(project);
  });
  const sources = new Set<string>();
  app.converter.on(Converter.EVENT_RESOLVE_END, ({ project }: Context) => {
    for (const source of sourcesOf(project)) {
      // What the language itself declares, such as an error's message, has no page here.
      delete source.url;
      if (source.fileName.includes('node_modules/')) continue;
      source.url = `../${sourcePage(source.fileName)}#L${source.line}`;
      sources.add(source.fileName);
    }
  });
  const project = await app.convert();
  if (!project) throw new Error(`The sources cannot be read:\n${warnings.texts.join('\n')}`);
  project.readme = withoutTitle(project.readme ?? []);
  inOrder(project, pages);
  app.validate(project);
  const copied = project.files.getNameToAbsoluteMap();
  app.renderer.on(PageEvent.END, (page: PageEvent) => {
    page.contents = shownInstead(page.contents ?? '', copied, sources);
  });
  await app.generateDocs(project, folder);
  removeCopies(folder, copied);
  writeSourcePages(folder, sources);
  return warnings.texts;
}

/** A document has the title and the group that README's list gives it. */
function giveTitle(page: DocumentReflection, pages: readonly Document[]): void {
  const known = pages.find(({ file }) => relative(root, file).replaceAll('\\', '/') === `${page.name}.md`);
  if (!known) throw new Error(`${page.name}.md is not in README's list of documents`);
  page.name = known.title;
  page.frontmatter['group'] = known.group;
}

/** A module has the name that is imported, and the text of its package's README. */
function describeModules(app: Application, project: ProjectReflection, entries: readonly Entry[]): void {
  const modules = entries.length === 1 ? [] : (project.children ?? []);
  modules.forEach((module: DeclarationReflection, index) => {
    const { specifier, file } = entries[index];
    module.name = specifier;
    const readme = join(file.split(/[\\/]src[\\/]/)[0], 'README.md');
    if (/\/.*\//.test(specifier)) return;
    const { content } = app.converter.parseRawComment(
      new MinimalSourceFile(readFileSync(readme, 'utf8'), normalizePath(readme)),
      project.files,
    );
    module.readme = withoutTitle(content);
    project.files.registerReflectionPath(normalizePath(readme), module);
  });
}

/** The page has its name as its title: a text's own first heading would say it again. */
function withoutTitle([first, ...rest]: readonly CommentDisplayPart[]): CommentDisplayPart[] {
  return first?.kind === 'text' ? [{ ...first, text: first.text.replace(/^\s*# .*\n/, '') }, ...rest] : [];
}

/** Ops are added to tensors by a table of functions, which typedoc takes for properties. */
function showOpsAsMethods(project: ProjectReflection): void {
  const tensor = project.getChildByName('glassbox.Tensor') as DeclarationReflection | undefined;
  for (const member of tensor?.children ?? []) {
    const signatures = member.type instanceof ReflectionType ? member.type.declaration.signatures : undefined;
    if (!member.kindOf(ReflectionKind.Property) || !signatures) continue;
    member.kind = ReflectionKind.Method;
    member.signatures = signatures;
    for (const signature of signatures) {
      signature.name = member.name;
      signature.parent = member;
      signature.comment ??= member.comment;
      const twin = project.getChildByName(`glassbox.${member.name}`) as DeclarationReflection | undefined;
      signature.parameters = oneByOne(signature, twin?.signatures?.[0].parameters);
    }
    member.setFlag(ReflectionFlag.Readonly, false);
    delete member.type;
    delete member.comment;
  }
}

/**
 * `(...args: [a: A, b: B])` is what the compiler makes of a method's type; `(a: A, b?: B)` is what is meant.
 * @param twin the parameters of the function that the method calls, the tensor before the others: they have defaults
 */
function oneByOne(
  signature: SignatureReflection,
  twin: readonly ParameterReflection[] = [],
): ParameterReflection[] | undefined {
  const [only] = signature.parameters ?? [];
  if (!(only?.type instanceof TupleType)) return signature.parameters;
  return only.type.elements.map((element, index) => {
    const named = element instanceof NamedTupleMember ? element : undefined;
    const type = named?.element ?? element;
    const rest = type instanceof RestType;
    const name = named?.name ?? `value${index + 1}`;
    const parameter = new ParameterReflection(name, ReflectionKind.Parameter, signature);
    parameter.type = rest ? type.elementType : type;
    parameter.setFlag(ReflectionFlag.Rest, rest);
    parameter.defaultValue = twin[index + 1]?.defaultValue;
    parameter.setFlag(ReflectionFlag.Optional, named?.isOptional ?? false);
    return parameter;
  });
}

/** Documents stand in README's order, not in that of the alphabet. */
function inOrder(project: ProjectReflection, pages: readonly Document[]): void {
  const place = new Map(pages.map(({ title }, index) => [title, index]));
  const byPlace = (a: { name: string }, b: { name: string }) =>
    (place.get(a.name) ?? Number.POSITIVE_INFINITY) - (place.get(b.name) ?? Number.POSITIVE_INFINITY) || 0;
  for (const list of [project.documents, project.childrenIncludingDocuments]) list?.sort(byPlace);
  for (const group of project.groups ?? []) group.children.sort(byPlace);
}

function sourcesOf(project: ProjectReflection): SourceReference[] {
  return Object.values(project.reflections).flatMap((reflection) => [
    ...((reflection as DeclarationReflection).sources ?? []),
  ]);
}
