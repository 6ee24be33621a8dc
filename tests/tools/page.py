"""Is a page well formed, does it need nothing else, do its links lead somewhere? page.py FILE…"""
import os
import sys
import xml.dom.minidom

for path in sys.argv[1:]:
    text = open(path, encoding='utf-8').read()
    tree = xml.dom.minidom.parseString(text.replace('<!DOCTYPE html>', '').encode())
    every = tree.getElementsByTagName('*')
    ids = [e.getAttribute('id') for e in every if e.hasAttribute('id')]
    assert len(ids) == len(set(ids)), (path, 'an id twice')
    for e in every:
        for name in 'src', 'href', 'xlink:href':
            link = e.getAttribute(name)
            if not link:
                continue
            if link.startswith('#'):
                assert link[1:] in ids, (path, 'leads nowhere', link)
            else:
                assert e.tagName == 'a' and os.path.exists(os.path.join(os.path.dirname(path), link)), (path, link)
    assert e.tagName and not tree.getElementsByTagName('script') and not tree.getElementsByTagName('link'), path
    assert 'url(' not in text and '@import' not in text, path
    assert tree.getElementsByTagName('title') and 'name="viewport"' in text, path
