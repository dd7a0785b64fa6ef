package smtpnotify_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"strings"

	"github.com/emersion/go-smtp"

	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/smtpnotify"
)

// mailroom is a mail server that shows the headers of what it takes.
type mailroom struct{}

func (mailroom) Mail(string, *smtp.MailOptions) error { return nil }
func (mailroom) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (mailroom) Reset()                               {}
func (mailroom) Logout() error                        { return nil }

func (mailroom) Data(r io.Reader) error {
	m, err := mail.ReadMessage(r)
	if err != nil {
		return err
	}
	for _, field := range []string{"From", "To", "Reply-To", "Subject", "Auto-Submitted", "List-Unsubscribe-Post"} {
		fmt.Printf("%s: %s\n", field, m.Header.Get(field))
	}
	return nil
}

func ExampleNew() {
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return mailroom{}, nil }))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = l.Close() }()
	go func() { _ = server.Serve(l) }()

	// A real server gets smtp.example.com:587, and Auth, and is spoken to over TLS.
	n, err := smtpnotify.New(l.Addr().String(), "Acme <support@acme.example>", &smtpnotify.Options{
		Security: smtpnotify.SecurityLoopbackPlaintext,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = n.Close() }()
	_, err = n.Notify(context.Background(), &notify.Delivery{
		ID: "inc-1.3/c-1@email", To: notify.Recipient{ID: "c-1", Address: "bert@customer.example", Name: "Bert"},
		Message: &notify.Message{
			Thread: "inc-1", Kind: notify.KindUpdate, Subject: "Restores fail", Text: "Restores fail since 13:30.",
			From: "Ada", ReplyTo: "help@acme.example", Unsubscribe: "https://acme.example/unsubscribe/abc",
		},
	})
	fmt.Println(err)
	// Output:
	// From: "Ada, Acme" <support@acme.example>
	// To: "Bert" <bert@customer.example>
	// Reply-To: <help@acme.example>
	// Subject: Restores fail
	// Auto-Submitted: auto-generated
	// List-Unsubscribe-Post: List-Unsubscribe=One-Click
	// <nil>
}

func ExampleNewUnsubscriber() {
	leave := func(_ context.Context, who smtpnotify.Unsubscribed) error {
		fmt.Printf("%s no longer wants %s\n", who.Recipient, who.List)
		return nil
	}
	u, err := smtpnotify.NewUnsubscriber("https://acme.example/unsubscribe", [][]byte{[]byte("an example of a key of 32 bytes!")}, leave, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	mux := http.NewServeMux()
	mux.Handle("/unsubscribe/", u) // without a login in front of it

	// The directory gives the link to its contact; a mail program uses it.
	link := u.URL(smtpnotify.Unsubscribed{Recipient: "c-1", List: "updates"})
	post := func(method string) {
		r := httptest.NewRequest(method, link, strings.NewReader("List-Unsubscribe=One-Click"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		fmt.Println(method, w.Code)
	}
	post(http.MethodGet) // a mail scanner follows links
	post(http.MethodPost)
	// Output:
	// GET 200
	// c-1 no longer wants updates
	// POST 200
}

func ExampleNotifier_ParseBounce() {
	n, err := smtpnotify.New("smtp.example.com:587", "Acme <support@acme.example>", &smtpnotify.Options{
		Keys:       [][]byte{[]byte("an example of a key of 32 bytes!")},
		ReturnPath: "bounces@acme.example",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	// What the mailbox bounces@acme.example got.
	b, err := n.ParseBounce(strings.NewReader(`From: MAILER-DAEMON@mx.customer.example
To: bounces@acme.example
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.customer.example

Final-Recipient: rfc822; bert@customer.example
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 bert@customer.example: no such user

--b
Content-Type: text/rfc822-headers

Amends-Delivery: dGP9GitXMJ1xNOP54rej5JI35sMW2pts1rQh-qSAogvK9bf8GrfOH-LcW63C

--b--
`))
	fmt.Println(b.Kind, b.Delivery, b.Class, err)
	fmt.Println(b.Reason)
	// Output:
	// failed inc-1.3/c-1@email address_gone <nil>
	// failed, status 5.1.1
}
