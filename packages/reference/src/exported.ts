/** What packages export, name by name, and which of it has no sentence that says what it is. */
import { relative } from 'node:path';
import ts from 'typescript';

/** Something that a user can name: an export, or a member of one. */
export interface Exported {
  /** `nn.Conv2dOptions.stride` */
  readonly name: string;
  /** File, from the root of the project, and line. */
  readonly place: string;
  /**
   * Its own sentences without tags (`@throws`), or those of the member that it overrides or implements; empty if there
   * are none.
   */
  readonly sentence: string;
}

/** False for what says nothing but a default or a shape. */
export function saysWhatItIs({ sentence }: Exported): boolean {
  return /\w+\W+\w+/.test(sentence.replace(/\bDefault [^.]*\.|\[[^\]]*\]|, or null/g, ''));
}

/** A `{@link Name}` that leads nowhere. */
export interface BrokenLink {
  readonly name: string;
  readonly place: string;
}

/** The sources that some entry files lead to, parsed and bound. Types are looked at only where they are asked for. */
export class Sources {
  readonly #program: ts.Program;
  readonly #checker: ts.TypeChecker;
  readonly #root: string;
  readonly #entries: readonly string[];

  /**
   * @param root the project's folder: files outside of its `packages/` are nobody's exports
   * @param entries the files that packages export, by their whole paths
   */
  constructor(root: string, entries: readonly string[]) {
    this.#root = root;
    this.#entries = entries;
    this.#program = ts.createProgram(entries, {
      allowImportingTsExtensions: true,
      lib: [],
      module: ts.ModuleKind.NodeNext,
      noEmit: true,
      noLib: true,
      types: [],
    });
    this.#checker = this.#program.getTypeChecker();
  }

  /** Every export of the entries with its members, once each: what two entries export counts for the first. */
  exported(): readonly Exported[] {
    const found: Exported[] = [];
    const seen = new Set<ts.Symbol>();
    for (const entry of this.#entries) {
      const file = this.#program.getSourceFile(entry);
      const module = file && this.#checker.getSymbolAtLocation(file);
      if (!module) throw new Error(`${entry} exports nothing`);
      this.#exportsOf(module, '', seen, found);
    }
    return found;
  }

  /** Links in the comments of these packages whose name means nothing there. */
  brokenLinks(): readonly BrokenLink[] {
    const broken: BrokenLink[] = [];
    for (const file of this.#program.getSourceFiles()) {
      if (!this.#isOurs(file)) continue;
      const visit = (node: ts.Node): void => {
        for (const comment of ts.getJSDocCommentsAndTags(node)) visitComment(comment);
        ts.forEachChild(node, visit);
      };
      const visitComment = (node: ts.Node): void => {
        if (ts.isJSDocLink(node) && !(node.name && this.#checker.getSymbolAtLocation(node.name))) {
          broken.push({ name: node.name?.getText(file) ?? node.text, place: this.#place(file, node) });
        }
        ts.forEachChild(node, visitComment);
      };
      visit(file);
    }
    return broken;
  }

  #exportsOf(module: ts.Symbol, path: string, seen: Set<ts.Symbol>, found: Exported[]): void {
    for (const named of this.#checker.getExportsOfModule(module)) {
      const symbol = named.flags & ts.SymbolFlags.Alias ? this.#checker.getAliasedSymbol(named) : named;
      const [declaration] = symbol.declarations ?? [];
      if (!declaration || seen.has(symbol) || !this.#isOurs(declaration.getSourceFile())) continue;
      seen.add(symbol);
      const name = `${path}${named.name}`;
      if (ts.isSourceFile(declaration)) this.#exportsOf(symbol, `${name}.`, seen, found);
      else {
        this.#add(symbol, name, found);
        for (const member of this.#members(symbol)) this.#add(member, `${name}.${member.name}`, found);
      }
    }
  }

  /** Public members that are declared here: of classes, interfaces, and types that are written as an object. */
  #members(symbol: ts.Symbol): ts.Symbol[] {
    const types: ts.Type[] = [];
    if (symbol.flags & (ts.SymbolFlags.Class | ts.SymbolFlags.Interface | ts.SymbolFlags.TypeAlias)) {
      types.push(this.#checker.getDeclaredTypeOfSymbol(symbol));
    }
    if (symbol.flags & ts.SymbolFlags.Class) types.push(this.#checker.getTypeOfSymbol(symbol));
    return types
      .filter((type) => type.flags & ts.TypeFlags.Object)
      .flatMap((type) => this.#checker.getPropertiesOfType(type))
      .filter((member) => {
        const [declaration] = member.declarations ?? [];
        if (!declaration || !this.#isOurs(declaration.getSourceFile())) return false;
        if (member.name === 'prototype' || /^(#|__)/.test(member.name)) return false;
        // What overrides something is told by that, or by the language: an error's name.
        const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Override;
        return !(ts.getCombinedModifierFlags(declaration) & hidden);
      });
  }

  #add(symbol: ts.Symbol, name: string, found: Exported[]): void {
    const [declaration] = symbol.declarations!;
    const words = symbol.getDocumentationComment(this.#checker);
    found.push({
      name,
      place: this.#place(declaration.getSourceFile(), declaration),
      sentence: ts.displayPartsToString(words).trim(),
    });
  }

  #isOurs(file: ts.SourceFile): boolean {
    return /^packages\/[^/]+\/src\//.test(this.#fileName(file));
  }

  #fileName(file: ts.SourceFile): string {
    return relative(this.#root, file.fileName).replaceAll('\\', '/');
  }

  #place(file: ts.SourceFile, node: ts.Node): string {
    const { line } = file.getLineAndCharacterOfPosition(node.getStart(file));
    return `${this.#fileName(file)}:${line + 1}`;
  }
}
