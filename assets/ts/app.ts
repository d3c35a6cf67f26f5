// The script of every page. Each import brings one behaviour and attaches it
// to the markup that the server has rendered; a page works without all of them.
import "./bell";
import "./busy";
import "./copy";
import "./counter";
import "./crop";
import "./dial";
import "./dialog";
import "./focus";
import "./guard";
import "./passkey";
import "./password";
import "./preview";
import "./print";
import "./push";
import "./receipt";
import "./sounds";
import "./time";
import "./toast";
import "./toc";
import "./wait";
