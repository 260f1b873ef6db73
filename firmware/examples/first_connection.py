# ruff: noqa: E401, I001 (short, because people paste it)
# main.py of a board with Wi-Fi; the server's root certificate is on the board as root.pem.
import socket, time, network, ntptime, latchkey

wifi = network.WLAN(network.STA_IF)
wifi.active(True)  # an ESP32's random generator is only true with the radio on
context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT)
context.load_verify_locations(cafile="root.pem")
while True:
    try:
        while not wifi.isconnected():
            wifi.connect("network", "password")
            time.sleep(5)
        ntptime.settime()  # certificates are judged by the clock
        sock = socket.socket()
        sock.connect(socket.getaddrinfo("example.org", 443)[0][-1])
        tls = context.wrap_socket(sock, server_hostname="example.org")
        tls.write(b"GET / HTTP/1.0\r\nHost: example.org\r\n\r\n")
        print(tls.readline())
        tls.close()
    except OSError as error:  # a TLSError is one; a Wi-Fi drop ends here too
        print(error)
    time.sleep(10)
