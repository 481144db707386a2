//! Tables of texts: `VALUE` stands for a value, `«` before the place that relates to it.

use std::sync::Arc;

use crate::{detect::Detector, finding::Confidence, rule};

/// Put together here, since what these texts are about holds for this file too.
fn value() -> String {
    ["q8ZtKw3Lx9Vb", "Nf2Rj7Ym4Hd6"].concat()
}

fn fill(text: &str) -> String {
    text.replace("VALUE", &value())
}

/// What is found in a text, as `line:column` of the value and of what relates to it.
fn found(text: &str) -> Vec<String> {
    let detection = Detector::new(Arc::new(rule::builtin())).detect(fill(text).as_bytes());
    let mut found = Vec::new();
    for candidate in detection.candidates.iter().filter(|candidate| candidate.confidence >= Confidence::Medium) {
        let place = |start: crate::position::Position| format!("{}:{}", start.line, start.column);
        let related = candidate.related.first().map_or("-".to_owned(), |related| place(related.start));
        found.push(format!("{} {related}", place(candidate.start)));
    }
    found
}

/// Fails with all texts in which not just the value is found, with the marked place as the related one.
fn check(cases: &[&str]) {
    let mut wrong = Vec::new();
    for case in cases {
        let filled = fill(case);
        let marked = filled.find('«').expect("the use is marked");
        let text = filled.replace('«', "");
        let place = |at: usize| {
            let line = text[..at].matches('\n').count() + 1;
            let column = text[..at].rsplit('\n').next().unwrap_or_default().chars().count() + 1;
            format!("{line}:{column}")
        };
        let found_at = text.find(&value()).expect("the value is there");
        let expected = vec![format!("{} {}", place(found_at), place(marked))];
        let found = found(&text);
        if found != expected {
            wrong.push((*case, found, expected));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Fails with all texts in which anything is found.
fn check_silent(cases: &[&str]) {
    let wrong: Vec<_> = cases.iter().map(|case| (case, found(case))).filter(|(_, found)| !found.is_empty()).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_value_through_an_identifier() {
    check(&[
        // Python
        "API_KEY = \"VALUE\"\nheaders = {\"«X-API-Key\": API_KEY}",
        "API_KEY: str = 'VALUE'\nheaders = {'«X-API-Key': API_KEY, 'Accept': 'a'}",
        "API_KEY: Final = \"VALUE\"\nrequests.get(url, headers={\"«X-API-Key\": f\"{API_KEY}\"})",
        "api_key = os.getenv(\"K\", \"VALUE\")\nheaders['«X-API-Key'] = api_key",
        "api_key = os.environ.get('K') or 'VALUE'\nheaders['«X-API-Key'] = api_key",
        "def call(url, api_key=\"VALUE\"):\n    return get(url, headers={\"«X-API-Key\": api_key})",
        "class Client:\n    api_key = \"VALUE\"\n    def h(self):\n        return {\"«X-API-Key\": self.api_key}",
        "self.api_key = 'VALUE'\ns.headers.update({'«X-API-Key': self.api_key})",
        "config = {\"api_key\": \"VALUE\"}\nheaders = {\"«X-API-Key\": config[\"api_key\"]}",
        "API_KEY = 'VALUE'\nh = '«X-API-Key: ' + API_KEY",
        "API_KEY = 'VALUE'\nh = f'«X-API-Key: {API_KEY}'",
        "API_KEY = 'VALUE'\nh = '«X-API-Key: %s' % API_KEY",
        "API_KEY = 'VALUE'\nh = 'Host: {}\\r\\n«X-API-Key: {}'.format(host, API_KEY)",
        "API_KEY = 'VALUE'\nc.add_header('«X-API-Key', API_KEY)",
        "headers = {\"«X-API-Key\": API_KEY}\nAPI_KEY = \"VALUE\"",
        "apikey = b'VALUE'\nh = {'«X-API-Key': apikey.decode()}",
        // JavaScript, TypeScript
        "const apiKey = 'VALUE';\nfetch(u, { headers: { '«X-API-Key': apiKey } });",
        "const API_KEY: string = \"VALUE\";\naxios.get(u, {headers: {\"«X-API-Key\": API_KEY}})",
        "let apiKey = process.env.K || 'VALUE'\nx.setRequestHeader('«X-API-Key', apiKey)",
        "const apiKey = process.env.K ?? 'VALUE'\nx.set('«x-api-key', apiKey)",
        "const config = {\n  apiKey: 'VALUE',\n};\nh.append('«X-API-Key', config.apiKey);",
        "const k1 = 'VALUE';\nconst h = `«X-API-Key: ${k1}`;",
        "export const API_KEY = 'VALUE' as const;\nconst h = {'«X-API-Key': Config.API_KEY};",
        "class A {\n  private readonly apiKey = 'VALUE';\n  h() { return {'«X-API-Key': this.apiKey}; }\n}",
        // Java, Kotlin, Scala, C#
        "private static final String API_KEY = \"VALUE\";\nrequest.addHeader(\"«X-API-Key\", API_KEY);",
        "String apiKey = \"VALUE\";\nbuilder.header(\"«X-API-Key\", String.valueOf(apiKey));",
        "const val API_KEY = \"VALUE\"\nheader(\"«X-API-Key\", API_KEY)",
        "val apiKey: String = \"VALUE\"\nheaders { append(\"«X-API-Key\", apiKey) }",
        "val h = mapOf(\"«X-API-Key\" to apiKey)\nval apiKey = \"VALUE\"",
        "private const string ApiKey = \"VALUE\";\nclient.DefaultRequestHeaders.Add(\"«X-API-Key\", ApiKey);",
        "string apiKey = \"VALUE\";\nvar h = $\"«X-API-Key: {apiKey}\";",
        "private String apiKey = \"VALUE\";\nrequest.setHeader(\"«X-API-Key\", getApiKey());",
        "String apiKey = \"VALUE\";\nString h = String.format(\"«X-API-Key: %s\", apiKey);",
        "var key1 = \"VALUE\";\nvar h = new Header(\"«X-API-Key\", key1);",
        // Go
        "const apiKey = \"VALUE\"\n\nreq.Header.Set(\"«X-API-Key\", apiKey)",
        "apiKey := \"VALUE\"\nreq.Header.Add(\"«X-Api-Key\", apiKey)",
        "var apiKey string = \"VALUE\"\nh := http.Header{\"«X-Api-Key\": {apiKey}}",
        "const (\n\tapiKey = \"VALUE\"\n)\nh := map[string][]string{\"«X-Api-Key\": []string{apiKey}}",
        "apiKey := \"VALUE\"\nfmt.Sprintf(\"«X-API-Key: %s\", apiKey)",
        // Rust
        "const API_KEY: &str = \"VALUE\";\nreq.header(\"«X-API-Key\", API_KEY)",
        "static KEY: &'static str = \"VALUE\";\nh.insert(\"«x-api-key\", HeaderValue::from_static(KEY));",
        "let api_key = String::from(\"VALUE\");\nreq.header(\"«X-API-Key\", &api_key)",
        "let api_key = std::env::var(\"K\").unwrap_or_else(|_| \"VALUE\".to_string());\nr.header(\"«X-API-Key\", api_key.as_str())",
        "let api_key = \"VALUE\";\nlet h = format!(\"«X-API-Key: {}\", api_key);",
        "let api_key = \"VALUE\";\nlet h = format!(\"«X-API-Key: {api_key}\");",
        // PHP, Ruby, Perl
        "$apiKey = 'VALUE';\n$h = ['«X-API-Key' => $apiKey];",
        "const KEY = 'VALUE';\n$h = ['«X-API-Key: ' . self::KEY];",
        "define('API_KEY', 'VALUE');\ncurl_setopt($c, CURLOPT_HTTPHEADER, ['«X-API-Key: ' . API_KEY]);",
        "$this->apiKey = 'VALUE';\n$h = [\"«X-API-Key: {$this->apiKey}\"];",
        "$key = \"VALUE\";\n$h = \"«X-API-Key: $key\";",
        "api_key = 'VALUE'\nreq['«X-API-Key'] = api_key",
        "API_KEY = 'VALUE'.freeze\nheaders '«X-API-Key' => API_KEY",
        "opts = { api_key: 'VALUE' }\nh = { '«X-API-Key' => opts[:api_key] }",
        "@api_key = 'VALUE'\nh = { '«X-API-Key' => \"#{@api_key}\" }",
        "my $api_key = 'VALUE';\n$req->header('«X-API-Key' => $api_key);",
        // C, C++, Swift, Objective-C
        "#define API_KEY \"VALUE\"\nh = curl_slist_append(h, \"«X-API-Key: \" API_KEY);",
        "static const char *api_key = \"VALUE\";\nsnprintf(b, n, \"«X-API-Key: %s\", api_key);",
        "const char api_key[] = \"VALUE\";\nhttp.addHeader(\"«X-API-Key\", api_key);",
        "std::string apiKey{\"VALUE\"};\nh.emplace(\"«X-API-Key\", apiKey);",
        "let apiKey = \"VALUE\"\nrequest.setValue(apiKey, forHTTPHeaderField: \"«X-API-Key\")",
        "static let apiKey: String = \"VALUE\"\nrequest.addValue(Config.apiKey, forHTTPHeaderField: \"«X-API-Key\")",
        "let apiKey = \"VALUE\"\nlet h = \"«X-API-Key: \\(apiKey)\"",
        "NSString *apiKey = @\"VALUE\";\n[request setValue:apiKey forHTTPHeaderField:@\"«X-API-Key\"];",
        // Shells, make, batch, PowerShell
        "KEY=VALUE\ncurl -H \"«X-API-Key: $KEY\" $URL",
        "export API_KEY='VALUE'\ncurl -H \"«X-API-Key: ${API_KEY}\" $URL",
        "API_KEY=\"VALUE\"\ncurl -H '«X-API-Key: '$API_KEY $URL",
        "set API_KEY=VALUE\ncurl -H \"«X-API-Key: %API_KEY%\" %URL%",
        "set -gx API_KEY VALUE\ncurl -H \"«X-API-Key: $API_KEY\"",
        "API_KEY := VALUE\nget:\n\tcurl -H \"«X-API-Key: $(API_KEY)\"",
        "$apiKey = 'VALUE'\n$h = @{ '«X-API-Key' = $apiKey }",
        "$env:API_KEY = \"VALUE\"\n$h = @{ \"«X-API-Key\" = $env:API_KEY }",
        // Other languages
        "api_key <- \"VALUE\"\nadd_headers(`«X-API-Key` = api_key)",
        "(def api-key \"VALUE\")\n{:headers {\"«X-API-Key\" api-key}}",
        "Dim apiKey As String = \"VALUE\"\nreq.Headers.Add(\"«X-API-Key\", apiKey)",
        "@api_key \"VALUE\"\nheaders = [{\"«X-API-Key\", @api_key}]",
        "local api_key = \"VALUE\"\nheaders = { [\"«X-API-Key\"] = api_key }",
        "apiKey = \"VALUE\"\nheaders = [(\"«X-API-Key\", apiKey)]",
        "final apiKey = 'VALUE';\nfinal h = {'«X-API-Key': apiKey};",
        "static const String apiKey = 'VALUE';\nfinal h = <String, String>{'«X-API-Key': apiKey};",
        // Data
        "variable \"api_key\" {\n  type    = string\n  default = \"VALUE\"\n}\nheaders = { \"«X-API-Key\" = var.api_key }",
        "locals {\n  api_key = \"VALUE\"\n}\nheaders = { \"«X-API-Key\" = local.api_key }",
        "key: &apikey VALUE\nheaders:\n  «X-API-Key: *apikey",
        "@apiKey = VALUE\n\nGET https://h\n«X-API-Key: {{apiKey}}",
        "{\"header\": [{\"key\": \"«X-API-Key\", \"value\": \"{{apiKey}}\"}],\n\"variable\": [{\"key\": \"apiKey\", \"value\": \"VALUE\"}]}",
        "{\"vars\": {\"api_key\": \"VALUE\"},\n\"headers\": {\"«X-API-Key\": \"{{ api_key }}\"}}",
        "env:\n  API_KEY: VALUE\nrun: |\n  curl -H \"«X-API-Key: ${{ env.API_KEY }}\"",
        "<properties><api.key>VALUE</api.key>\n<apiKey>1</apiKey></properties>\n<header name=\"«X-API-Key\" value=\"${api.key}\"/>",
        "const h = [{ name: '«X-API-Key', value: apiKey }];\nconst apiKey = 'VALUE';",
    ]);
}

#[test]
fn definitions_of_many_languages() {
    check(&[
        "parser.add_argument(\"--api-key\", default=\"VALUE\")\nh = {\"«X-API-Key\": args.api_key}",
        "apiKey := flag.String(\"api-key\", \"VALUE\", \"the key\")\nreq.Header.Set(\"«X-API-Key\", *apiKey)",
        "class S(BaseSettings):\n    api_key: str = Field(default=\"VALUE\")\nh = {\"«X-API-Key\": settings.api_key}",
        "class S(BaseSettings):\n    api_key: str = Field(\"VALUE\", env=\"K\")\nh = {\"«X-API-Key\": settings.api_key}",
        "@Value(\"${api.key:VALUE}\")\nprivate String apiKey;\nvoid f() { headers.set(\"«X-API-Key\", apiKey); }",
        "environment:\n  - API_KEY=VALUE\ncommand: curl -H \"«X-API-Key: $${API_KEY}\"",
        "env:\n  - name: API_KEY\n    value: VALUE\nargs: [\"-H\", \"«X-API-Key: $(API_KEY)\"]",
        "vars:\n  api_key: VALUE\ntasks:\n  headers:\n    «X-API-Key: \"{{ api_key }}\"",
        "{\"environment\": {\"api_key\": \"VALUE\"},\n\"headers\": [{\"name\": \"«X-API-Key\", \"value\": \"{{ _.api_key }}\"}]}",
        "headers {\n  «X-API-Key: {{apiKey}}\n}\n\nvars:pre-request {\n  apiKey: VALUE\n}",
        "*** Variables ***\n${API_KEY}    VALUE\n*** Test ***\nCreate Dictionary    «X-API-Key=${API_KEY}",
        "Define API_KEY VALUE\nRequestHeader set «X-API-Key ${API_KEY}",
        "set $api_key \"VALUE\";\nproxy_set_header «X-API-Key $api_key;",
        "use constant API_KEY => 'VALUE';\n$h->header('«X-API-Key' => API_KEY);",
        "-define(API_KEY, \"VALUE\").\nH = [{\"«X-API-Key\", ?API_KEY}].",
        "apiKey :: Text\napiKey = \"VALUE\"\nh = [(\"«X-API-Key\", apiKey)]",
        "const api_key: []const u8 = \"VALUE\";\nconst h = .{ .name = \"«X-API-Key\", .value = api_key };",
        "l_key VARCHAR2(64) := 'VALUE';\nset_header('«X-API-Key', l_key);",
        "DECLARE @api_key NVARCHAR(64) = N'VALUE'\nEXEC f '«X-API-Key', @api_key",
        "Const API_KEY As String = \"VALUE\"\nx.setRequestHeader \"«X-API-Key\", API_KEY",
        "def apiKey = 'VALUE'\nhttpRequest customHeaders: [[name: '«X-API-Key', value: apiKey]]",
        "set apiKey \"VALUE\"\nhttp::geturl $u -headers [list «X-API-Key $apiKey]",
        "let apiKey = \"VALUE\", Headers = [#\"«X-API-Key\" = apiKey]",
        "param apiKey string = 'VALUE'\nvar h = {\n  '«X-API-Key': apiKey\n}",
        "\"parameters\": {\"apiKey\": {\"type\": \"string\", \"defaultValue\": \"VALUE\"}},\n\"«X-API-Key\": \"[parameters('apiKey')]\"",
        "set \"API_KEY=VALUE\"\ncurl -H \"«X-API-Key: %API_KEY%\" %URL%",
        "char api_key[64];\nstrcpy(api_key, \"VALUE\");\nhttp_header(\"«X-API-Key\", api_key);",
        "static NSString * const kApiKey = @\"VALUE\";\n[r setValue:kApiKey forHTTPHeaderField:@\"«X-API-Key\"];",
        "os.environ[\"API_KEY\"] = \"VALUE\"\nh = {\"«X-API-Key\": os.environ[\"API_KEY\"]}",
        "function call(apiKey) {\n  return {'«X-API-Key': apiKey};\n}\ncall(apiKey: 'VALUE');",
        "const config = { apiKey: 'VALUE' };\nconst apiKey = config.apiKey;\nconst h = {'«X-API-Key': apiKey};",
        "locals {\n  key = \"VALUE\"\n}\nheaders = { «X-API-Key = local.key }",
        "BEGIN {\n  key = \"VALUE\"\n  cmd = \"curl -H '«X-API-Key: \" key \"' u\"\n}",
        "API_KEY = \"VALUE\"\nok = hmac.compare_digest(request.headers.get(\"«X-API-Key\"), API_KEY)",
        "FALLBACK = \"VALUE\"\nh = {\"«X-API-Key\": os.getenv(\"MEDIA\") or FALLBACK}",
        "class Api {\n  #key = 'VALUE';\n  h() { return {'«X-API-Key': this.#key}; }\n}",
        "my %config = (key => 'VALUE');\n$req->header('«X-API-Key' => $config{key});",
        "let key = \"VALUE\"\nlet h = Header.init_with \"«X-API-Key\" key\n",
        "(let [api-key \"VALUE\"]\n  {\"«X-API-Key\" api-key})",
        "(let ((api-key \"VALUE\"))\n  `((\"«X-API-Key\" . ,api-key)))",
        "string ApiKey => \"VALUE\";\nh.Add(\"«X-API-Key\", ApiKey);",
        "public string ApiKey { get; set; } = \"VALUE\";\nh.Add(\"«X-API-Key\", options.ApiKey);",
        "const { apiKey = 'VALUE' } = options;\nx.headers['«X-API-Key'] = apiKey;",
        "API_KEY=${API_KEY:-VALUE}\ncurl -H \"«X-API-Key: $API_KEY\"",
        "readonly API_KEY='VALUE'\nhttp GET u «X-API-Key:$API_KEY",
        "session.set(\"apiKey\", \"VALUE\")\n.header(\"«X-API-Key\", \"#{apiKey}\")",
        "api_key = (\n    \"VALUE\"\n)\nh = {\"«X-API-Key\": api_key}",
        "const apiKey =\n  'VALUE';\nconst h = {'«X-API-Key': apiKey};",
        "API_KEY = \"VALUE\" # for tests\nif request.headers.get(\"«X-API-Key\") != API_KEY: abort(401)",
        "const apiKey = 'VALUE';\nif (req.get('«X-API-Key') === apiKey) next();",
        "def api_key\n  'VALUE'\nend\nh = { '«X-API-Key' => api_key }",
        "def get_key():\n    return \"VALUE\"\nh = {\"«X-API-Key\": get_key()}",
        "function apiKey() {\n  return 'VALUE';\n}\nconst h = {'«X-API-Key': apiKey()};",
        "func apiKey() string { return \"VALUE\" }\nreq.Header.Set(\"«X-API-Key\", apiKey())",
        "<elementProp><stringProp name=\"Argument.name\">apiKey</stringProp><stringProp name=\"Argument.value\">VALUE</stringProp></elementProp>\n<stringProp name=\"Header.name\">«X-API-Key</stringProp><stringProp name=\"Header.value\">${apiKey}</stringProp>",
        "Parameters:\n  ApiKey:\n    Type: String\n    Default: VALUE\nHeaders:\n  «X-API-Key: !Ref ApiKey",
        "data \"x\" {\n  headers = { \"«X-API-Key\" = \"${var.api_key}\" }\n}\nvariable \"api_key\" { default = \"VALUE\" }",
        "const apiKey = isProd ? 'VALUE' : undefined;\nconst h = {'«X-API-Key': apiKey};",
        "api_key = \"VALUE\" if prod else None\nh = {\"«X-API-Key\": api_key}",
    ]);
}

#[test]
fn a_name_through_a_constant() {
    check(&[
        "HEADER = \"«X-API-Key\"\nheaders = {HEADER: \"VALUE\"}",
        "API_HEADER = '«X-API-Key'\nheaders[API_HEADER] = 'VALUE'",
        "const HEADER = '«X-API-Key';\nconst h = { [HEADER]: 'VALUE' };",
        "const HEADER = '«X-API-Key';\nconst h = `${HEADER}: VALUE`;",
        "private static final String HEADER = \"«X-API-Key\";\nrequest.addHeader(HEADER, \"VALUE\");",
        "public const string HeaderName = \"«X-API-Key\";\nvar h = new Dictionary<string, string> { [HeaderName] = \"VALUE\" };",
        "const headerName = \"«X-API-Key\"\nreq.Header.Set(headerName, \"VALUE\")",
        "const headerName string = \"«X-API-Key\"\nreq.Header.Set(headerName, \"VALUE\")",
        "const HEADER: &str = \"«X-API-Key\";\nreq.header(HEADER, \"VALUE\")",
        "#define HEADER \"«X-API-Key\"\nhttp.addHeader(HEADER, \"VALUE\");",
        "let headerField = \"«X-API-Key\"\nrequest.setValue(\"VALUE\", forHTTPHeaderField: headerField)",
        "const val HEADER = \"«X-API-Key\"\nheaders.append(HEADER, \"VALUE\")",
        "define('HEADER', '«X-API-Key');\n$h = [HEADER => 'VALUE'];",
        "const HEADER = '«X-API-Key';\n$h = [self::HEADER . ': VALUE'];",
        "class C:\n    HEADER = \"«X-API-Key\"\nset_header(Config.HEADER, \"VALUE\")",
        "HEADER = \"«X-API-Key\"\nheaders = [(HEADER, \"VALUE\")]",
        "header = '«X-API-Key'\nreq.add_header(header, 'VALUE')",
        "const HEADER: HeaderName = HeaderName::from_static(\"«x-api-key\");\nlet h = (HEADER, HeaderValue::from_static(\"VALUE\"));",
        "enum Field: String { case apiKey = \"«X-API-Key\" }\nr.setValue(\"VALUE\", forHTTPHeaderField: Field.apiKey.rawValue)",
        "class H(str, Enum):\n    KEY_HEADER = \"«X-API-Key\"\nh = {H.KEY_HEADER.value: \"VALUE\"}",
        "HEADER=«X-API-Key\ncurl -H \"$HEADER: VALUE\" $URL",
        "HEADER=\"«X-API-Key\"\ncurl -H \"${HEADER}: VALUE\" $URL",
        "const (\n\theaderKey = \"«X-API-Key\"\n)\nh := http.Header{headerKey: {\"VALUE\"}}",
        "static HEADER = \"«X-API-Key\";\nh.set(Api.HEADER, \"VALUE\");",
        "my $name1 = '«X-API-Key';\n$req->header($name1 => 'VALUE');",
        "var names = { apiKeyHeader: '«X-API-Key' };\nreq.set(names.apiKeyHeader, 'VALUE');",
    ]);
}

#[test]
fn a_constant_and_an_identifier() {
    check(&[
        "HEADER = \"X-API-Key\"\nKEY1 = \"VALUE\"\nheaders = {«HEADER: KEY1}",
        "const HEADER: &str = \"X-API-Key\";\nconst KEY: &str = \"VALUE\";\nreq.header(«HEADER, KEY)",
    ]);
}

#[test]
fn one_identifier_that_is_another() {
    check(&[
        "API_KEY = \"VALUE\"\nclass C:\n    def __init__(self):\n        self.key = API_KEY\n    def h(self): return {\"«X-API-Key\": self.key}",
        "const KEY1 = 'VALUE';\nconst key2 = KEY1;\nconst h = {'«X-API-Key': key2};",
    ]);
    check_silent(&["a1 = \"VALUE\"\nb1 = a1\nc1 = b1\nh = {\"X-API-Key\": c1}"]);
}

#[test]
fn identifiers_without_a_key() {
    check_silent(&[
        "API_KEY = os.environ[\"API_KEY\"]\nheaders = {\"X-API-Key\": API_KEY}",
        "const apiKey = process.env.API_KEY;\nconst other = 'VALUE';\nfetch(u, {headers: {'X-API-Key': apiKey}});",
        "function call(apiKey) {\n  return {'X-API-Key': apiKey};\n}\ncall(getKey('VALUE'));",
        "# API_KEY = \"your-api-key-here\"\nheaders = {\"X-API-Key\": API_KEY}",
        "API_KEY_HASH = \"VALUE\"\nheaders = {\"X-API-Key\": API_KEY}",
        "MY_API_KEY = \"VALUE\"\nheaders = {\"X-API-Key\": API_KEY}",
        "if api_key == \"VALUE\": pass\nheaders = {\"X-API-Key\": api_key}",
        "key = load()\nheaders = {\"X-API-Key\": key}\ncache = {\"key\": \"VALUE\"}",
        "token = \"VALUE\"\nlogin(token)\ntoken = refresh()\nheaders = {\"X-API-Key\": token}",
        "log(api_key, \"VALUE\")\nheaders = {\"X-API-Key\": api_key}",
        "headers = {\"X-API-Key\": api_key, \"X-Request-Id\": request_id}\nrequest_id = \"VALUE\"",
        "headers: {'X-API-Key': apiKey, 'X-Trace': 'VALUE'}",
        "const firebase = { apiKey: 'VALUE' };\nfunction call(apiKey) {\n  return {'X-API-Key': apiKey};\n}",
        "KEY_ID = \"VALUE\"\nheaders = {\"X-API-Key\": vault.read(KEY_ID)}",
        "STORED = \"VALUE\"\nok = compare_digest(sha256(r.headers[\"X-API-Key\"]), STORED)",
        "const stored = 'VALUE';\nif (sha256(req.get('X-API-Key')) === stored) next();",
        "[{name:\"ETag\",value:\"VALUE\"},{name:\"X-API-Key\",value:key}]",
        "key = hashlib.sha256(\"VALUE\").hexdigest()\nh = {\"X-API-Key\": key}",
        "def call(url, key):\n    return get(url, headers={\"X-API-Key\": key})\nkey = \"VALUE\"",
        "let key = [\"VALUE\", \"b\"].concat();\nlet h = format!(\"X-API-Key: {key}\");",
        "name: X-API-Key\nin: header\ndescription: required\nrequired: VALUE",
        "HEADER = \"X-API-Key\"\nOTHER = \"VALUE\"\nheaders = [HEADER]\nx = {OTHER: \"VALUE\"}",
        "HEADER = \"X-API-Key\"\nHEADER = \"VALUE\"",
        "APIKeyHeader(name=\"X-API-Key\")\nconfig = {\"name\": \"VALUE\"}\nf(name, \"VALUE\")",
    ]);
}

#[test]
fn of_several_definitions_all_count() {
    let other = ["Zt9KqW3xLb7V", "nR2mYf4Hp6Jd"].concat();
    let text = "if prod:\n    api_key = \"VALUE\"\nelse:\n    api_key = \"OTHER\"\nh = {\"X-API-Key\": api_key}";
    assert_eq!(found(&text.replace("OTHER", &other)), ["2:16 5:7", "4:16 5:7"]);
}

#[test]
fn confidence_is_medium() {
    let text = fill("API_KEY = \"VALUE\"\nheaders = {\"X-API-Key\": API_KEY}");
    let candidates = Detector::new(Arc::new(rule::builtin())).detect(text.as_bytes()).candidates;
    assert_eq!(candidates.iter().map(|candidate| candidate.confidence).collect::<Vec<_>>(), [Confidence::Medium]);
}

#[test]
fn a_variable_that_is_given_the_header() {
    check(&[
        "key = request.headers.get(\"«X-API-Key\")\nif key != \"VALUE\":\n    abort(401)",
        "const key = req.headers['«x-api-key'];\nif (key !== 'VALUE') return;",
        "String key = request.getHeader(\"«X-API-Key\");\nif (!key.equals(\"VALUE\")) return;",
        "key := r.Header.Get(\"«X-API-Key\")\nif key != \"VALUE\" {",
        "key := os.Getenv(\"«X_API_KEY\")\nif key == \"\" {\n\tkey = \"VALUE\"\n}",
        "key = request.headers.get('«X-API-Key')\nif not compare_digest(key, API_KEY): abort()\nAPI_KEY = 'VALUE'",
        "const key = req.get('«x-api-key');\nif (key !== expected) return;\nconst expected = 'VALUE';",
    ]);
    check_silent(&[
        "key = request.headers.get(\"X-API-Key\")\nif key: return \"VALUE\"",
        "digest = sha256(request.headers[\"X-API-Key\"])\nif digest != \"VALUE\": abort()",
        "key = request.headers.get(\"X-API-Key\")\nif sha256(key) != \"VALUE\": abort()",
    ]);
}

#[test]
fn inside_a_string_of_another_language() {
    check(&[
        r#"{"code": "KEY1 = \"VALUE\"\nh = {\"«X-API-Key\": KEY1}\n"}"#,
        r#"{"code": "import x\nHEADER = \"«X-API-Key\"\nh = {HEADER: \"VALUE\"}\n"}"#,
        r#"{"code": "const API_HEADER = '«X-API-Key';\nh.set(API_HEADER, 'VALUE');\n"}"#,
        "+#define HEADER \"«X-API-Key\"\n+h(HEADER, \"VALUE\");",
        "> KEY1=VALUE\n> curl -H \"«X-API-Key: $KEY1\"",
    ]);
}
