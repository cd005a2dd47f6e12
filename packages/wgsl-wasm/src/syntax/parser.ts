/** Module scope: directives and declarations. `parseModule` is the entry to the whole syntax. */
import { rare } from '../rare.ts';
import type {
  AliasDeclaration,
  Attribute,
  Declaration,
  Directive,
  Expression,
  FunctionDeclaration,
  GlobalDeclaration,
  Identifier,
  Module,
  ParameterDeclaration,
  StructDeclaration,
  StructMemberDeclaration,
} from './ast.ts';
import { parseExpression, parseIdentifier, parseTemplateList } from './parse-expression.ts';
import { parseAttributes, parseCompound } from './parse-statement.ts';
import { commaList, TokenStream } from './token-stream.ts';

/**
 * Parses a WGSL module.
 * @throws WgslError of kind `syntax` at the first place where the text leaves the grammar.
 */
export function parseModule(source: string): Module {
  const stream = new TokenStream(source);
  const directives: Directive[] = [];
  for (;;) {
    const keyword = stream.token.text;
    if (keyword !== 'enable' && keyword !== 'requires' && keyword !== 'diagnostic') break;
    directives.push(rare().parseDirective(stream, keyword));
  }
  const declarations: Declaration[] = [];
  while (stream.token.kind !== 'end') {
    if (!stream.accept(';')) declarations.push(parseDeclaration(stream));
  }
  return { source, directives, declarations };
}

function parseDeclaration(stream: TokenStream): Declaration {
  const attributes = parseAttributes(stream);
  const token = stream.token;
  if (token.kind === 'keyword') {
    switch (token.text) {
      case 'fn':
        return parseFunction(stream, attributes);
      case 'var':
      case 'override':
        return parseGlobal(stream, token.text, attributes);
      case 'const':
      case 'struct':
      case 'alias':
      case 'const_assert':
        if (attributes.length > 0) stream.fail(attributes[0], `'${token.text}' takes no attributes`);
        if (token.text === 'const') return parseGlobal(stream, 'const', attributes);
        if (token.text === 'struct') return parseStruct(stream);
        if (token.text === 'alias') return parseAlias(stream);
        return terminated(stream, rare().parseConstAssert(stream));
      case 'enable':
      case 'requires':
      case 'diagnostic':
        stream.fail(token, `'${token.text}' directives must come before all declarations`);
    }
  }
  return stream.unexpected("expected a declaration ('fn', 'var', 'const', 'override', 'struct' or 'alias')");
}

function terminated<T>(stream: TokenStream, declaration: T): T {
  stream.expect(';', 'after the declaration');
  return declaration;
}

function parseGlobal(
  stream: TokenStream,
  keyword: GlobalDeclaration['keyword'],
  attributes: Attribute[],
): GlobalDeclaration {
  const start = stream.advance().start;
  const templateArgs = keyword === 'var' ? parseTemplateList(stream) : null;
  const name = stream.name(`the name of the ${keyword}`);
  const type: Identifier | null = stream.accept(':') ? parseIdentifier(stream, 'a type') : null;
  let initializer: Expression | null = null;
  if (
    keyword === 'const' ? stream.expect('=', 'after the name: a const needs a value') : stream.accept('=')
  ) {
    initializer = parseExpression(stream);
  }
  const end = stream.previousEnd;
  return terminated(stream, {
    kind: 'global',
    keyword,
    attributes,
    templateArgs,
    name,
    type,
    initializer,
    start,
    end,
  });
}

function parseAlias(stream: TokenStream): AliasDeclaration {
  const start = stream.advance().start;
  const name = stream.name('the name of the alias');
  stream.expect('=', 'after the name of the alias');
  const type = parseIdentifier(stream, 'a type');
  return terminated(stream, { kind: 'alias', name, type, start, end: type.end });
}

function parseStruct(stream: TokenStream): StructDeclaration {
  const start = stream.advance().start;
  const name = stream.name('the name of the structure');
  stream.expect('{', 'after the name of the structure');
  const members = commaList(stream, '}', (): StructMemberDeclaration => {
    const attributes = parseAttributes(stream);
    const memberName = stream.name('the name of a member');
    stream.expect(':', 'and a type after the name of the member');
    const type = parseIdentifier(stream, 'a type');
    return { attributes, name: memberName, type, start: memberName.start, end: type.end };
  });
  if (members.length === 0) stream.fail(name, `the structure '${name.name}' needs at least one member`);
  const end = stream.expect('}', "or ',' after the member").end;
  return { kind: 'struct', name, members, start, end };
}

function parseFunction(stream: TokenStream, attributes: Attribute[]): FunctionDeclaration {
  const start = stream.advance().start;
  const name = stream.name('the name of the function');
  stream.expect('(', 'after the name of the function');
  const parameters = commaList(stream, ')', (): ParameterDeclaration => {
    const parameterAttributes = parseAttributes(stream);
    const parameterName = stream.name('the name of a parameter');
    stream.expect(':', 'and a type after the name of the parameter');
    const type = parseIdentifier(stream, 'a type');
    return {
      attributes: parameterAttributes,
      name: parameterName,
      type,
      start: parameterName.start,
      end: type.end,
    };
  });
  stream.expect(')', 'after the parameters');
  let returnAttributes: Attribute[] = [];
  let returnType: Identifier | null = null;
  if (stream.accept('->')) {
    returnAttributes = parseAttributes(stream);
    returnType = parseIdentifier(stream, 'the return type');
  }
  const body = parseCompound(stream, 'to start the body of the function');
  return {
    kind: 'function',
    attributes,
    name,
    parameters,
    returnAttributes,
    returnType,
    body,
    start,
    end: body.end,
  };
}
