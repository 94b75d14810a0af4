// Asks for exports as Deriva's pages do, with their library:
//
//     node ermrestjs.cjs LIBRARY DOOR CATALOGUE REFERENCE [BROKEN]
//
// LIBRARY is the folder that tests/setup/ermrestjs/install.sh filled, DOOR where exports are made, and CATALOGUE where
// the catalogue is. REFERENCE is what a page is of, below the service of the catalogue, such as
// catalog/7/entity/pnc:subject. The session comes by COOKIE. Pages know one address for both: what is asked of the
// catalogue below that of the door goes to the catalogue, as a proxy would have it.
//
// Prints a JSON object for each template: {"displayname", "type", "parameters", "urls" or "status", "posts"}. With
// BROKEN each query of it is of a column that there is not.
const { createRequire } = require("node:module");
const path = require("node:path");

const [library, door, catalogue, reference, broken] = process.argv.slice(2);
const from = createRequire(path.join(library, "package.json"));
const axios = from("axios");
const ermrest = from("./ermrest.cjs");

const http = axios.create();
let posts = 0;
http.interceptors.request.use((request) => {
  if (request.method === "post") posts += 1;
  for (const service of ["/ermrest/", "/authn/"]) {
    if (request.url.startsWith(door + service)) request.url = catalogue + request.url.slice(door.length);
  }
  return request;
});

function exported(template, page) {
  if (broken) template.outputs.forEach((output) => (output.source.path = "no_such_column::gt::1"));
  const exporter = new ermrest.Exporter(page, page.table.name, template, "/deriva/export/");
  posts = 0;
  const told = { displayname: template.displayname, type: template.type, parameters: exporter.exportParameters };
  return exporter.run().then(
    ({ data }) => ({ ...told, urls: data, posts }),
    (error) => ({ ...told, status: error.code, posts }),
  );
}

async function main() {
  ermrest.configure(http, from("q"));
  ermrest.setUserCookie(process.env.COOKIE);
  const resolved = await ermrest.resolve(`${door}/ermrest/${reference}`);
  const page = resolved.contextualize.detailed;
  for (const template of page.getExportTemplates(true)) {
    console.log(JSON.stringify(await exported(template, page)));
  }
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
