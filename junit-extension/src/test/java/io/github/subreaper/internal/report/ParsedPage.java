package io.github.subreaper.internal.report;

import java.io.StringReader;
import java.util.List;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;
import org.xml.sax.SAXParseException;
import org.xml.sax.helpers.DefaultHandler;

/** A page as an XML parser reads it, which refuses whatever is not well-formed. */
public final class ParsedPage {
  private final Document document;

  private ParsedPage(Document document) {
    this.document = document;
  }

  public static ParsedPage of(String page) throws Exception {
    DocumentBuilder builder = DocumentBuilderFactory.newInstance().newDocumentBuilder();
    builder.setErrorHandler(
        new DefaultHandler() {
          @Override
          public void fatalError(SAXParseException e) throws SAXParseException {
            throw e; // the parser's own handler would print it, too
          }
        });
    return new ParsedPage(builder.parse(new InputSource(new StringReader(page))));
  }

  public List<Element> all(String element) {
    NodeList nodes = document.getElementsByTagName(element);
    return IntStream.range(0, nodes.getLength()).mapToObj(i -> (Element) nodes.item(i)).toList();
  }
}
