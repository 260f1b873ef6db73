# Paste into main.py of a board with Wi-Fi; put the server's root certificate on the board as /root.pem.
import network, ntptime, socket, time, latchkey

wifi = network.WLAN(network.STA_IF)
wifi.active(True)  # an ESP32's random generator is only true with the radio on
context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT)
context.load_verify_locations(cafile="/root.pem")
while True:
    try:
        if not wifi.isconnected():
            wifi.connect("network", "password")
            while not wifi.isconnected():
                time.sleep(1)
            ntptime.settime()
        sock = socket.socket()
        sock.connect(socket.getaddrinfo("example.org", 443)[0][-1])
        tls = context.wrap_socket(sock, server_hostname="example.org")
        tls.write(b"GET / HTTP/1.0\r\nHost: example.org\r\n\r\n")
        print(tls.read(200))
        tls.close()
    except OSError as error:  # a TLSError is one; a Wi-Fi drop ends here too
        print(error)
    time.sleep(10)
