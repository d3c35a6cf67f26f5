// Command nameplate is the whole product in one program: the server and the
// commands of whoever runs it.
package main

import "nameplate/internal/cli"

func main() { cli.Main() }
