// The bundler gives the text of a sheet.
declare module "*.css" {
  const text: string;
  export default text;
}
