import java.io.FileInputStream;
import java.io.InputStream;
import java.net.InetAddress;
import java.security.KeyStore;
import java.security.Security;
import java.security.cert.CertificateFactory;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** A server by JSSE that sends back what comes: port, suite, PKCS#12 file, clients' CA where one is required. "suites" names those that it knows. */
public class JsseServer {
    private static final char[] PASSWORD = "latchkey".toCharArray(); // a store without one has no key for JSSE

    public static void main(String[] args) throws Exception {
        Security.setProperty("jdk.tls.disabledAlgorithms", "SSLv3"); // a suite is said by name here, old ones too
        if (args[0].equals("suites")) {
            for (String name : SSLContext.getDefault().getSupportedSSLParameters().getCipherSuites()) {
                System.out.println(name);
            }
            return;
        }
        SSLContext context = context(args);
        SSLServerSocket listener = (SSLServerSocket)
            context.getServerSocketFactory().createServerSocket(Integer.parseInt(args[0]), 16, InetAddress.getByName("127.0.0.1"));
        listener.setEnabledProtocols(new String[] {"TLSv1.2"});
        listener.setEnabledCipherSuites(new String[] {args[1]});
        listener.setNeedClientAuth(args.length > 3);
        while (true) {
            SSLSocket socket = (SSLSocket) listener.accept();
            new Thread(() -> serve(socket)).start();
        }
    }

    private static SSLContext context(String[] args) throws Exception {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream file = new FileInputStream(args[2])) {
            keys.load(file, PASSWORD);
        }
        KeyManagerFactory key = KeyManagerFactory.getInstance("PKIX");
        key.init(keys, PASSWORD);
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        if (args.length > 3) {
            try (InputStream file = new FileInputStream(args[3])) {
                trusted.setCertificateEntry("ca", CertificateFactory.getInstance("X.509").generateCertificate(file));
            }
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        SSLContext context = SSLContext.getInstance("TLS");
        if (args.length > 3) {
            trust.init(trusted);
            context.init(key.getKeyManagers(), trust.getTrustManagers(), null);
        } else {
            context.init(key.getKeyManagers(), null, null);
        }
        return context;
    }

    private static void serve(SSLSocket socket) {
        try (socket) {
            socket.getInputStream().transferTo(socket.getOutputStream());
        } catch (Exception problem) {
            System.out.println(problem);
        }
    }
}
